"""Every macro of <tracy/TracyVulkan.hpp>; as cxx_cases.py. In the code `gpu` is a context and
`commands` a command buffer that is being recorded."""
from cxx_cases import RED, RED_NUMBER, STACK, Case, site

FILL = "vkCmdFillBuffer(commands, buffer, 0, VK_WHOLE_SIZE, 7);"


def zone(macro, arguments, name, becomes="a span of the GPU", kept="whole", sql=None, answer="1"):
    return Case(macro, becomes, f"{{ {macro}({arguments}) {FILL} }}",
                sql or f"SELECT count(*) FROM gpu_spans WHERE name = '{name}' AND dur >= 0", answer,
                kept)


def queue(name, calibration):
    return f"SELECT calibration FROM gpu_queues WHERE name = '{name}'", calibration


CASES = [
    zone("TracyVkZone", 'gpu, commands, "vk zone"', "vk zone"),
    zone("TracyVkZoneC", f'gpu, commands, "vk zone c", {RED}', "vk zone c",
    "the same, with a color",
         sql=site("color", "vk zone c"), answer=RED_NUMBER),
    zone("TracyVkNamedZone", 'gpu, a, commands, "vk named", true', "vk named"),
    zone("TracyVkNamedZoneC", f'gpu, a, commands, "vk named c", {RED}, true', "vk named c",
         "the same, with a color", sql=site("color", "vk named c"), answer=RED_NUMBER),
    zone("TracyVkZoneTransient", 'gpu, a, commands, std::string("vk made").c_str(), true',
    "vk made",
         "the same; its place is described at run time"),
    zone("TracyVkZoneS", 'gpu, commands, "vk s", 3', "vk s", "a span of the GPU" + STACK, "part"),
    zone("TracyVkZoneCS", f'gpu, commands, "vk cs", {RED}, 3', "vk cs", "a span of the GPU" + STACK,
         "part"),
    zone("TracyVkNamedZoneS", 'gpu, a, commands, "vk named s", 3, true', "vk named s",
         "a span of the GPU" + STACK, "part"),
    zone("TracyVkNamedZoneCS", f'gpu, a, commands, "vk named cs", {RED}, 3, true', "vk named cs",
         "a span of the GPU" + STACK, "part"),
    zone("TracyVkZoneTransientS", 'gpu, a, commands, "vk made s", 3, true', "vk made s",
         "a span of the GPU" + STACK, "part"),
    Case("TracyVkContext", "a queue of a GPU; its clock and ours are compared once, by waiting", "",
         *queue("plain", "once")),
    Case("TracyVkContextCalibrated", "the same; the clocks are read together each second where the "
         "device can", "", *queue("calibrated", "CALIBRATION")),
    Case("TracyVkContextHostCalibrated", "the same, without a queue: the CPU resets the "
    "queries", "",
         "SELECT count(*) FROM gpu_spans WHERE name = 'vk host'", "HOST"),
    Case("TracyVkContextName", "the queue's name", "",
         "SELECT count(*) FROM gpu_queues WHERE name = 'plain'", "1"),
    Case("TracyVkCollect", "what the GPU has finished is taken into the recording", "",
         "SELECT count(DISTINCT issued) FROM gpu_spans WHERE name = 'vk frame'", "200"),
    Case("TracyVkCollectHost", "the same; the CPU resets the queries", "",
         "SELECT count(*) FROM gpu_spans WHERE name = 'vk host'", "HOST"),
    Case("TracyVkDestroy", "the end of a queue", "",
         "SELECT count(*) FROM spans WHERE name = 'destroyed'", "1"),
]

#version 450
// So much work a number that three times as many take three times as long.
layout(local_size_x = 64) in;
layout(std430, binding = 0) buffer Numbers { uint numbers[]; };
layout(push_constant) uniform Work { uint rounds; };
void main() {
  uint x = numbers[gl_GlobalInvocationID.x] + gl_GlobalInvocationID.x;
  for (uint i = 0; i < rounds; ++i) x = x * 1664525u + 1013904223u;
  numbers[gl_GlobalInvocationID.x] = x;
}

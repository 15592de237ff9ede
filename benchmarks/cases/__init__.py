"""One file a case: `run(bench)` measures and returns plain data, `rows(data)` makes table lines."""
from cases import (added_cpu, attach, complete_stacks, export, file_size, header, import_chrome,
                   import_memory, import_perf_data, import_perfetto, import_pprof, long_recording,
                   loss, moved_in, off_cpu, open_million, probes, report_time, self_time,
                   span_costs, span_load, span_memory, spans, sql, start, timeline, timer_sampler,
                   unwinding, view_flame, view_pages)

# In the order in which they run: the first makes the recordings that others look into, the last
# writes the most to disk.
ALL = {module.__name__.rpartition(".")[2]: module
       for module in (added_cpu, start, file_size, complete_stacks, report_time, unwinding,
                      open_million, self_time, timer_sampler, attach, off_cpu, spans,
                      span_costs, span_memory, span_load, sql, timeline, view_flame, view_pages,
                      header, export, import_chrome, import_perf_data, import_perfetto,
                      import_pprof, import_memory, long_recording, loss, moved_in, probes)}

"""What the benchmarks share: running and timing commands, statistics, facts of the machine."""

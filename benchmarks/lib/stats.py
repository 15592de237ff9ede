"""The little statistics that the benchmarks need. Pure functions; random parts are seeded."""
import math
import random
import statistics

RESAMPLES = 4000


def median(values):
    return statistics.median(values)


def median_interval(values, confidence=0.95):
    """(median, low, high): percentile bootstrap of the median; no interval from under 3 values."""
    middle = statistics.median(values)
    if len(values) < 3:
        return middle, None, None
    draw = random.Random(20)
    medians = sorted(statistics.median(draw.choices(values, k=len(values)))
                     for _ in range(RESAMPLES))
    tail = (1 - confidence) / 2
    return (middle, medians[int(tail * RESAMPLES)],
            medians[min(RESAMPLES - 1, int((1 - tail) * RESAMPLES))])


def spread(values):
    """Median absolute deviation over the median: how noisy the machine was."""
    middle = statistics.median(values)
    return statistics.median(abs(v - middle) for v in values) / middle if middle else 0.0


def z_of_family(comparisons, confidence=0.99):
    """Two-sided normal quantile at which all of several comparisons hold together (Bonferroni)."""
    tail = (1 - confidence) / 2 / max(1, comparisons)
    return statistics.NormalDist().inv_cdf(1 - tail)


def share_difference(count_a, all_a, count_b, all_b):
    """(difference of the shares, its standard error); the error is that of one pooled share, for
    the question is whether the two are the same."""
    pooled = (count_a + count_b) / (all_a + all_b)
    error = math.sqrt(pooled * (1 - pooled) * (1 / all_a + 1 / all_b))
    return count_a / all_a - count_b / all_b, error

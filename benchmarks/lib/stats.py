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


SIMPSON_STEPS = 400


def student_quantile(tail, freedom):
    """The t that Student's distribution exceeds with probability `tail` (under a half)."""
    # With t = sqrt(freedom) * tan(angle) the density is cos(angle) ** (freedom - 1) up to a factor,
    # on a finite stretch.
    def area_from(angle):
        step = (math.pi / 2 - angle) / SIMPSON_STEPS
        return step / 3 * sum((1 if i in (0, SIMPSON_STEPS) else 4 if i % 2 else 2)
                              * max(0.0, math.cos(angle + i * step)) ** (freedom - 1)
                              for i in range(SIMPSON_STEPS + 1))
    wanted, low, high = 2 * area_from(0.0) * tail, 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if area_from(middle) > wanted else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _tail(comparisons, confidence):
    """Of one side, so that all of several comparisons hold together (Bonferroni)."""
    return (1 - confidence) / 2 / max(1, comparisons)


def difference_of_means(a, b, comparisons=1, confidence=0.99):
    """(difference, bound) of the means of two sets of runs, each of two at least; the bound is
    Welch's: what runs of one set differ by counts, however many samples a run has."""
    parts = [statistics.variance(values) / len(values) for values in (a, b)]
    difference, error = statistics.fmean(a) - statistics.fmean(b), math.sqrt(sum(parts))
    if error == 0:
        return difference, 0.0
    freedom = sum(parts) ** 2 / sum(part ** 2 / (len(values) - 1)
                                    for part, values in zip(parts, (a, b)))
    return difference, student_quantile(_tail(comparisons, confidence), freedom) * error


def difference_of_shares(count_a, all_a, count_b, all_b, comparisons=1, confidence=0.99):
    """(difference, bound) of two shares; the bound is that of counting alone, with the error of one
    pooled share, for the question is whether the two are the same."""
    pooled = (count_a + count_b) / (all_a + all_b)
    error = math.sqrt(pooled * (1 - pooled) * (1 / all_a + 1 / all_b))
    quantile = statistics.NormalDist().inv_cdf(1 - _tail(comparisons, confidence))
    return count_a / all_a - count_b / all_b, quantile * error

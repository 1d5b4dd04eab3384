"""Waiting for something to become true: the only place of the tests that sleeps, and never as a synchronisation."""
import time


def until(condition, seconds=60, what="the condition"):
    """The first true value of condition(). Fails loudly after `seconds`, which is a guard, not a measure.
    what: a text, or a function that gives it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what() if callable(what) else what} did not come true within {seconds} s")
        time.sleep(0.01)

"""How long does an acquire take when nobody disputes it?"""

import time
from multiprocessing.connection import Connection
from statistics import median

from redis import Redis

from bench.limiters.contenders import CONTENDERS

PING = "PING"  # the yardstick: what one round trip takes

LIMITS = 10  # of each contender, used by turns so that each had time to recover
PAUSE_SECONDS = 1.2  # longer than a window, and than redis-lock's half second
WARM_UP_ROUNDS = 2  # connections, scripts, and a cold start of 1.5 s


def measure(urls: dict[str, str], rounds: int, result: Connection) -> None:
    """Send the median seconds of an acquire by contender, and of a PING, out of 10 * ``rounds``."""
    limiters = {
        name: [CONTENDERS[name].open(url, f"idle-{number}") for number in range(LIMITS)]
        for name, url in urls.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in (PING, *urls)}
    redis = Redis.from_url(next(iter(urls.values())))
    for number in range(WARM_UP_ROUNDS + rounds):
        for _ in range(LIMITS):
            begun = time.perf_counter()
            redis.ping()
            seconds[PING].append(time.perf_counter() - begun)
        for name, group in limiters.items():
            for limiter in group:
                begun = time.perf_counter()
                limiter.acquire()
                taken = time.perf_counter() - begun
                limiter.release(refused=False)
                if number >= WARM_UP_ROUNDS:
                    seconds[name].append(taken)
        time.sleep(PAUSE_SECONDS)
    result.send({name: median(taken) for name, taken in seconds.items()})

"""How much waits in each bounded queue, asked whenever somebody reads the metrics."""

from collections.abc import Callable, Mapping

from prometheus_client import Gauge

from sertantai.process.metrics import REGISTRY

QUEUES = Gauge("sertantai_queue_waiting", "What waits for its turn, by queue", ("queue",), registry=REGISTRY)


def watch(depth_of: Mapping[str, Callable[[], int]]) -> None:
    """From now on the metrics tell what these answer."""
    for queue, depth in depth_of.items():
        QUEUES.labels(queue).set_function(depth)

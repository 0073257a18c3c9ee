"""
Sends a thousand messages to the queue of the worker, most of them bad in one way or the other, in an order that a seed
gives. Writes one line of JSON: how many of each kind were sent, and what is to become of each that has an id.
"""

import base64
import json
import os
import random
import uuid
from datetime import datetime, timedelta, timezone

from kombu import Connection, Exchange, Queue

MESSAGES = 1000
SEED = 20261126
broker = os.environ["CELERY_BROKER_URL"]
queue = os.environ["CELERY_QUEUE"]
is_redis = broker.startswith("redis")
draw = random.Random(SEED)
text = "secret-payload-" * 100
past = (datetime.now(timezone.utc) - timedelta(seconds=1)).isoformat()
embed = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def message(task="process_events", args=(), kwargs=None, body=None, properties=None, **headers):
    id = str(uuid.uuid4())
    return {
        "body": json.dumps([list(args), kwargs or {}, embed]) if body is None else body,
        "headers": {"lang": "py", "task": task, "id": id, "expires": None, "eta": None, **headers},
        "content_type": "application/json",
        "content_encoding": "utf-8",
        **(properties or {}),
    }


def nested(depth):
    return "[" * depth + "]" * depth


# What is to become of it, and how often of each hundred, and how it is made.
kinds = {
    "valid": ("SUCCESS", 10, lambda: message(kwargs={"ttl": 60})),
    "duplicate": ("SUCCESS", 10, lambda: message()),
    "other task": ("SUCCESS", 5, lambda: message(task="clean_events_outbox")),
    "expired": ("REVOKED", 10, lambda: message(expires=past)),
    "unknown task": ("NotRegistered", 10, lambda: message(task="billing.charge", args=[text])),
    "nameless task": ("NotRegistered", 1, lambda: message(task="__proto__")),
    "positional": ("TypeError", 5, lambda: message(args=[1, text])),
    "wrong kwargs": ("TypeError", 5, lambda: message(kwargs={text: 1})),
    "bad ttl": ("TypeError", 3, lambda: message(kwargs={"ttl": draw.choice([0, -1, "5", [], {}, True, text])})),
    "no JSON": ("rejected", 5, lambda: message(body='[[], {"ttl": ' + text)),
    "other JSON": ("rejected", 5, lambda: message(body=draw.choice(["null", "{}", "[]", "7", '"x"', "[1,2,3]"]))),
    "args no list": ("rejected", 2, lambda: message(body=json.dumps([{}, {}, embed]))),
    "kwargs no mapping": ("rejected", 2, lambda: message(body=json.dumps([[], [text], embed]))),
    "deep": ("rejected", 1, lambda: message(body=nested(100_000))),
    "huge": ("rejected", 3, lambda: message(kwargs={"ttl": "x" * 3_000_000})),
    "pickle": (
        "rejected",
        5,
        lambda: message(
            body=b"cos\nsystem\n(S'exit 1'\ntR.",
            properties={"content_type": "application/x-python-serialize", "content_encoding": "binary"},
        ),
    ),
    "yaml": ("rejected", 3, lambda: message(body="- []\n- {}\n", properties={"content_type": "application/x-yaml"})),
    "compressed": ("rejected", 3, lambda: message(compression="application/x-gzip")),
    "protocol 1": (
        "rejected",
        4,
        lambda: {**message(body=json.dumps({"task": "process_events", "id": "1", "args": [], "kwargs": {}})), "headers": {}},
    ),
    "odd headers": (
        "rejected",
        4,
        lambda: {**message(), "headers": {"task": draw.choice([5, "", True, "x" * 300]), "id": draw.choice(["i", ""])}},
    ),
    "odd id": ("rejected", 2, lambda: message(id=draw.choice([7, "", "i" * 300]))),
    "bad times": ("rejected", 2, lambda: message(**{draw.choice(["eta", "expires"]): draw.choice(["soon", 5, text])})),
}
order = [kind for kind, (_, share, _) in kinds.items() for _ in range(share * MESSAGES // 100)]
draw.shuffle(order)
assert len(order) == MESSAGES, len(order)

sent = {}
expected = {}
rejected = 0
with Connection(broker) as connection:
    channel = connection.default_channel
    if not is_redis:
        # Not as Celery would declare it: the worker takes a queue as it is.
        Queue(queue + ".dead", Exchange(""), routing_key=queue + ".dead", channel=channel, durable=True).declare()
        Queue(
            queue,
            Exchange(queue, type="direct"),
            routing_key=queue,
            channel=channel,
            queue_arguments={
                "x-queue-type": "quorum",
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": queue + ".dead",
            },
        ).declare()
    producer = connection.Producer()
    for kind in order:
        outcome, _, make = kinds[kind]
        one = make()
        body = one.pop("body")
        for _ in range(2 if kind == "duplicate" else 1):
            producer.publish(body, exchange="", routing_key=queue, **one)
        sent[kind] = sent.get(kind, 0) + (2 if kind == "duplicate" else 1)
        if outcome == "rejected":
            rejected += 1
        else:
            expected[one["headers"]["id"]] = outcome
    last = message()
    expected[last["headers"]["id"]] = "SUCCESS"
    producer.publish(last.pop("body"), exchange="", routing_key=queue, **last)
    if is_redis:
        # What no client of kombu writes.
        for raw in [b"\x00\xff\xfe", b"{}", b"[]", b'{"body": 5}', b"x" * 2_000_000, base64.b64encode(b"body")]:
            channel.client.lpush(queue, raw)
            rejected += 1
print(json.dumps({"sent": sent, "expected": expected, "rejected": rejected}))

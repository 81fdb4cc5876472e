"""The service over HTTP: right answers, a refusal in words for everything else, nothing lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphfm.datasets import TextGraph
from graphfm.errors import DataError
from graphfm.models import GraphFM, LinkModel
from graphfm.serving.questions import BODY, MANY
from graphfm.serving.serve import open_service, serve
from tests.serving.conftest import HOSTILE, Served


def test_answers_are_those_of_the_model(served: Served, reasoner: LinkModel) -> None:
    status, found = served("/complete", {"head": "Person 3", "relation": "two_on", "top": 4})
    assert status == 200
    frame = reasoner.predict_tails("Person 3", "two_on", top=4)
    assert [row["id"] for row in found["answers"]] == list(frame["tail_id"])
    assert [row["score"] for row in found["answers"]] == pytest.approx(list(frame["score"]), abs=1e-5)
    assert [row["known"] for row in found["answers"]] == list(frame["known"])
    assert {row["p_true"] for row in found["answers"]} == {None}
    assert found["question"] == "Person 3 (person_03)  two_on  ?"
    status, found = served("/complete", {"tail": "person_03", "relation": "next_to", "new": True, "top": 3})
    assert [row["id"] for row in found["answers"]] == list(
        reasoner.predict_heads("next_to", "person_03", top=3, new_only=True)["head_id"]
    )
    status, found = served("/explain", {"head": "person_03", "relation": "two_on", "tail": "person_05"})
    assert status == 200
    assert found["triple"] == ["Person 3", "two_on", "Person 5"]
    assert found["paths"]
    assert found["paths"][0]["text"] == str(reasoner.explain("person_03", "two_on", "person_05").paths[0])
    status, found = served("/health")
    assert (status, found["status"], found["entities"], found["explains"]) == (200, "ok", 20, True)
    assert served("/names?like=Person%201&limit=3")[1]["names"][0] == {"id": "person_01", "label": "Person 1"}
    assert [n["id"] for n in served("/names?kind=relation")[1]["names"]] == ["next_to", "two_on"]


def test_many_at_once_with_a_wrong_one_among_them(served: Served) -> None:
    asked = [{"head": "person_03", "relation": "next_to"}, {"head": "nobody", "relation": "next_to"},
             {"relation": "next_to"}, {"tail": "person_03", "relation": "two_on", "top": 2}]  # fmt: skip
    status, found = served("/complete/many", {"questions": asked})
    first, second, third, fourth = found["results"]
    assert status == 200
    assert len(first["answers"]) == 10
    assert "nobody" in second["error"]
    assert "a relation with a head or a tail" in third["error"]
    assert len(fourth["answers"]) == 2


WRONG: list[tuple[str, Any, int, str]] = [
    ("/complete", {"head": "Persn 3", "relation": "two_on"}, 422, "Did you mean"),
    ("/complete", {"head": "person_03", "relation": "likes"}, 422, "likes"),
    ("/complete", {"head": "person_03"}, 422, "relation: found nothing"),
    ("/complete", {"head": "person_03", "tail": "person_04", "relation": "two_on"}, 422, "a head or a tail"),
    (
        "/complete",
        {"head": "person_03", "relation": "two_on", "top": 0},
        422,
        "top: found 0, expected greater than or equal to 1",
    ),
    ("/complete", {"head": "person_03", "relation": "two_on", "top": 10**30}, 422, "top"),
    ("/complete", {"head": "person_03", "relation": "two_on", "top": "3"}, 422, "expected a valid integer"),
    ("/complete", {"head": "person_03", "relation": "two_on", "limit": 3}, 422, "limit: found an unknown field"),
    ("/complete", {"head": "x" * 1001, "relation": "two_on"}, 422, "head"),
    ("/complete", {"head": "\ud800", "relation": "two_on"}, 422, "error"),
    ("/complete", [1, 2], 422, "the request: found a list of 2"),
    (
        "/complete/many",
        {"questions": [{"head": "a", "relation": "b"}] * (MANY + 1)},
        422,
        "found a list of 65, expected at most 64 items",
    ),
    ("/explain", {"head": "person_03", "relation": "two_on", "tail": "nobody"}, 422, "nobody"),
    ("/nothing", {}, 404, "There is no /nothing here"),
    ("/health", {}, 405, "not asked by POST"),
]


@pytest.mark.parametrize(("path", "question", "status", "words"), WRONG)
def test_what_is_wrong_is_said(served: Served, path: str, question: Any, status: int, words: str) -> None:
    found, content = served(path, question)
    assert found == status, content
    assert words in json.dumps(content)
    assert "Traceback" not in json.dumps(content)


def test_bytes_that_are_no_question(served: Served) -> None:
    for raw in (b"", b"{", b"\xff\xfe", b'{"relation": NaN}', b"[" * 50_000, b'{"a":' * 3000, b"null", b"3"):
        status, content = served("/complete", raw=raw)
        assert 400 <= status < 500, (raw[:20], content)
        assert content["error"]
    assert served("/complete", raw=b"relation=a", Content_Type="text/plain")[0] in (415, 422)
    assert served("/names?limit=0")[0] == 422
    status, content = served("/complete", raw=b" " * (BODY + 1))
    assert (status, "more than" in content["error"]) == (413, True)
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as wire:  # no length said beforehand
        wire.sendall(
            b"POST /complete HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
        )
        try:
            for _ in range(BODY // 65536 + 2):
                wire.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
        except OSError:  # it hung up on us before we had said all
            pass
        assert wire.recv(100).startswith(b"HTTP/1.1 413")
    assert served("/health")[0] == 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["head", "relation", "tail", "top", "new", "questions", "texts"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/complete", "/complete/many", "/explain"]),
    question=st.dictionaries(fields, json_values | st.sampled_from(["person_03", "two_on", 3, True]), max_size=5),
)
def test_no_question_breaks_it(served: Served, path: str, question: dict[str, Any]) -> None:
    status, content = served(path, question)
    assert status == 200 or (400 <= status < 500 and content["error"]), (question, content)


def test_clients_that_go_away_change_nothing_for_the_others(served: Served) -> None:
    def vanish(n: int) -> None:
        body = json.dumps({"head": f"person_{n % 20:02d}", "relation": "next_to"}).encode()
        with socket.create_connection(("127.0.0.1", served.port)) as wire:
            head = f"POST /complete HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body) + n % 2}"
            wire.sendall(head.encode() + b"\r\n\r\n" + body)  # every other one before it has said all

    with ThreadPoolExecutor(8) as pool:
        gone = [pool.submit(vanish, n) for n in range(20)]
        kept = [pool.submit(served, "/complete", {"head": f"person_{n:02d}", "relation": "next_to"}) for n in range(20)]
        for one in gone:
            one.result()
        found = [one.result() for one in kept]
    assert [status for status, _ in found] == [200] * 20
    alone = [served("/complete", {"head": f"person_{n:02d}", "relation": "next_to"})[1] for n in range(20)]
    ids = [[row["id"] for row in content["answers"]] for content in alone]
    assert [[row["id"] for row in content["answers"]] for _, content in found] == ids


def test_a_stopped_service_answers_what_it_was_asked(people: Any, reasoner: LinkModel) -> None:
    from graphfm.serving.link_service import LinkService
    from graphfm.serving.web import web_app

    taken: list[int] = []
    go_on = threading.Event()

    class Slow(LinkService):
        def answer(self, asked: Any) -> Any:
            taken.append(len(asked))
            assert go_on.wait(60)
            return super().answer(asked)

    served = Served(web_app(Slow(reasoner)))
    waiting = served.app.state.batches.waiting
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(served, "/complete", {"head": "person_03", "relation": "next_to"}) for _ in range(6)]
        while sum(taken) + waiting() < 6:  # all six have come, one batch is being answered
            threading.Event().wait(0.01)
        served.server.should_exit = True
        go_on.set()
        assert [one.result()[0] for one in asked] == [200] * 6
    served.thread.join(30)
    with pytest.raises(OSError, match=r"refused|reset"):
        served("/health")


def test_more_than_can_wait_is_refused(reasoner: LinkModel) -> None:
    import asyncio

    from graphfm.serving.batching import Batches, BusyError

    async def crowd() -> list[Any]:
        release = threading.Event()
        async with Batches(lambda asked: [release.wait(10) and one for one in asked], at_once=1, waiting=3) as batches:
            tasks = [asyncio.create_task(batches.ask(n)) for n in range(8)]
            await asyncio.sleep(0.05)
            release.set()
            return await asyncio.gather(*tasks, return_exceptions=True)

    found = asyncio.run(crowd())
    assert sum(isinstance(one, BusyError) for one in found) >= 3
    assert [one for one in found if not isinstance(one, BusyError)] == [
        n for n, one in enumerate(found) if not isinstance(one, BusyError)
    ]


def test_pages_are_of_one_piece_and_names_do_nothing(served: Served) -> None:
    for path in ("/", "/docs"):
        status, page = served(path)
        assert status == 200
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "https://" not in page
        assert "{{" not in page
    assert "/complete/many" in served("/docs")[1]
    status, described = served("/openapi.json")
    assert {"/complete", "/complete/many", "/explain", "/names", "/health"} == set(described["paths"])
    assert served("/complete", {"head": "person_07", "relation": "next_to"})[1]["question"].startswith(HOSTILE)


def test_texts_are_classified_with_their_neighbours(pages: TextGraph, text_model: GraphFM) -> None:
    from graphfm.serving.web import web_app

    served = Served(web_app(open_service(text_model, data=pages)))
    try:
        assert served("/health")[1]["classes"] == ["trees", "rings"]
        new = [{"text": "gold and rings", "neighbours": ["p21", "p22"]}, {"text": "leaves of trees", "id": "a"},
               {"text": "", "neighbours": ["p1", "p2", "a"]}]  # fmt: skip
        status, found = served("/classify", {"texts": new, "top": 2})
        assert status == 200, found
        assert [one["classes"][0]["name"] for one in found["results"][:2]] == ["rings", "trees"]
        assert found["results"][1]["id"] == "a"
        assert sum(row["probability"] for row in found["results"][0]["classes"]) == pytest.approx(1, abs=1e-4)
        for wrong, words in (
            ({"texts": [{"text": "a", "neighbours": ["p99"]}]}, "neighbour 'p99' of text 1"),
            ({"texts": [{"text": "a", "id": "b"}, {"text": "c", "id": "b"}]}, "two texts with the id 'b'"),
            ({"texts": []}, "texts"),
            ({"texts": [{"text": 3}]}, "texts.0.text"),
            ({"texts": [{"text": "a" * 50_001}]}, "texts.0.text"),
        ):
            status, content = served("/classify", wrong)
            assert status == 422
            assert words in content["error"]
        assert served("/complete", {"head": "a", "relation": "b"})[0] == 404
        assert "<textarea" in served("/")[1]
    finally:
        served.stop()


def test_what_cannot_be_served_is_refused_before_anything_is_read(text_model: GraphFM, reasoner: LinkModel) -> None:
    with pytest.raises(DataError, match="expected a text graph to serve"):
        open_service(text_model)
    with pytest.raises(DataError, match="expected a graph to answer on"):
        open_service(LinkModel.load("default"))
    with pytest.raises(DataError, match="classes for a link model"):
        open_service(reasoner, names="a,b")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(DataError, match="no way to listen on 127"):
        serve("no/such/model.ckpt", port=taken.getsockname()[1])


def test_the_command_serves_and_stops_in_order(reasoner: LinkModel, tmp_path: Path) -> None:
    reasoner.save(tmp_path / "model.ckpt")
    words = [sys.executable, "-m", "graphfm", "serve", str(tmp_path / "model.ckpt"), "--port", "0"]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert "RED-GNN on table: http://127.0.0.1:" in line
        served = Served.__new__(Served)
        served.port = int(line.split("http://127.0.0.1:")[1].split()[0])
        assert served("/complete", {"head": "person_03", "relation": "next_to"})[0] == 200
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=120)
    finally:
        running.kill()
        running.communicate()
    assert running.returncode == 143
    assert "questions answered: 1, left: 0" in out
    assert "Traceback" not in err


def test_newcomers_hear_one_another(pages: TextGraph, text_model: GraphFM) -> None:
    from graphfm.classification.newcomers import newcomers
    from graphfm.models.classifying import classify

    answer = classify(pages, checkpoint=text_model).answer
    read = newcomers(answer)
    rows = text_model.encode_text(["gold rings", ""])
    alone = read(["gold rings", ""], rows, torch.empty(2, 0, dtype=torch.long))
    assert torch.allclose(alone.sum(-1), torch.ones(2), atol=1e-5)
    assert torch.equal(read.own([""], rows[1:])[0], read.prior)
    heard = read(["gold rings", ""], rows, torch.tensor([[25, 26, 27, 40], [41, 41, 41, 41]]))
    assert torch.equal(heard[0], alone[0])
    assert heard[1, 1] > alone[1, 1] or not answer.decision.used

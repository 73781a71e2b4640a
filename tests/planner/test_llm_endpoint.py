"""Endpoints that fail: each costs one clear line, and the template answers."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from llm_replies import goal_of, good_reply

from orchestrator.planner.catalogue import skill_table
from orchestrator.planner.config import LlmConfig
from orchestrator.planner.llm import LlmProposer
from orchestrator.planner.planning import checked_project
from orchestrator.planner.skills import known_skills

SKILLS = known_skills(skill_table(), [], assume=True, min_success=0.9)[0]


def completion(content):
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    plain = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return json.dumps({**plain, "usage": usage}).encode()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.headers["Authorization"], json.loads(body)))
        self.server.behave(self, len(self.server.requests))

    def reply(self, status, body, length=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests = []
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def planned(url, **keys):
    proposer = LlmProposer(LlmConfig(endpoint=url, **keys))
    return checked_project(proposer, goal_of(), SKILLS, 10_000, 3)


def slow(handler, number):
    time.sleep(3)
    handler.reply(200, completion(json.dumps(good_reply())))


def trickling(handler, number):
    """A byte now and then, for ever: no single read is slow."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(30):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def broken(handler, number):
    handler.reply(200, completion(json.dumps(good_reply()))[:100], length=5000)
    handler.connection.close()


def refusing(handler, number):
    handler.reply(401, json.dumps({"error": {"message": "Incorrect API key provided"}}).encode())


def failing(handler, number):
    handler.reply(500, b"<html>oops</html>")


def no_json(handler, number):
    handler.reply(200, b"<html>a proxy's page</html>")


FAULTS = {
    slow: ({"timeout_s": 0.5}, "no answer within 0.5 s"),
    trickling: ({"timeout_s": 0.5}, "no answer within 0.5 s"),
    broken: ({}, "the language model gave no answer"),
    refusing: ({}, "Incorrect API key"),
    failing: ({}, "500"),
    no_json: ({}, "the template answers"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_template_answers_and_the_fault_is_told(endpoint, fault):
    keys, expected = FAULTS[fault]
    endpoint.behave = fault
    result = planned(endpoint.url, **keys)
    assert result.proposer == "template"
    assert expected in result.notes[0]
    assert "\n" not in result.notes[0]


def test_nobody_listens():
    result = planned("http://127.0.0.1:9/v1", timeout_s=5)
    assert result.proposer == "template"
    assert "the language model gave no answer" in result.notes[0]


def test_what_fails_midway_loses_nothing(endpoint):
    def behave(handler, number):
        if number == 1:
            handler.reply(200, completion('{"tasks": []}'))
        else:
            failing(handler, number)

    endpoint.behave = behave
    result = planned(endpoint.url)
    assert (result.proposer, len(endpoint.requests)) == ("template", 2)
    assert "500" in result.notes[0]


def test_a_good_endpoint_is_asked_with_the_key_and_the_schema(endpoint, monkeypatch):
    monkeypatch.setenv("SITE_KEY", "secret")
    endpoint.behave = lambda handler, number: handler.reply(200, completion(json.dumps(good_reply())))
    result = planned(endpoint.url, key_env="SITE_KEY", model="large", seed=4)
    assert (result.proposer, result.repairs, result.notes) == ("llm", 0, ())
    ((key, body),) = endpoint.requests
    assert key == "Bearer secret"
    assert (body["model"], body["seed"], body["temperature"]) == ("large", 4, 0.0)
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["tasks"]


@pytest.mark.parametrize("output", ["tool", "prompted"])
def test_endpoints_without_schemas_are_asked_otherwise(endpoint, output):
    reply = json.dumps(good_reply())

    def behave(handler, number):
        if output == "prompted":
            return handler.reply(200, completion(reply))
        name = endpoint.requests[-1][1]["tools"][0]["function"]["name"]
        call = {"id": "c", "type": "function", "function": {"name": name, "arguments": reply}}
        body = json.loads(completion(None))
        body["choices"][0] |= {"finish_reason": "tool_calls"}
        body["choices"][0]["message"]["tool_calls"] = [call]
        return handler.reply(200, json.dumps(body).encode())

    endpoint.behave = behave
    assert planned(endpoint.url, output=output).proposer == "llm"

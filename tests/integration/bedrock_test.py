"""Amazon Bedrock in place of a node: `llm generate` and a chat against a server that plays it, checks every signature with
botocore, and is itself checked by botocore's own client."""

import base64
import hashlib
import http.client
import json
import os
import tempfile
import threading
import unittest
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.eventstream import EventStreamBuffer

from fake_bedrock import KEY, REGION, SECRET, TOKEN, FakeBedrock, Play, agent_says, event, exception, message, says
from harness import TIMEOUT, System, eventually, is_completion, is_error, turn_over

MODEL = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
ARN = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abc123"
AGENT = "AGENT12345/ALIAS12345"


def botocore_client(service, url):
    return boto3.client(service, endpoint_url=url, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=SECRET,
                        aws_session_token=TOKEN, config=Config(retries={"max_attempts": 0}, read_timeout=TIMEOUT))


def subject_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sub"]


def agent_session(kind, user, chat):
    """What a chat is called as an agent's session: nobody can choose one that is another's."""
    return hashlib.sha256(f"{kind}\n{user}\n{chat}".encode()).hexdigest()


class ThePlayedBedrock(unittest.TestCase):
    """What our tests play is what botocore, which knows Bedrock's own form, reads."""

    def test_a_stream_of_events_is_decoded_as_it_was_meant(self):
        sent = [*says("Hello", " world", thoughts=["hm"]), exception("throttlingException", "slow down")]
        buffer = EventStreamBuffer()
        buffer.add_data(b"".join(sent))
        read = list(buffer)
        self.assertEqual(len(read), len(sent))
        self.assertEqual(read[0].headers, {":event-type": "messageStart", ":content-type": "application/json",
                                           ":message-type": "event"})
        self.assertEqual(read[-1].headers[":exception-type"], "throttlingException")

    def test_botocores_client_reads_a_models_answer(self):
        with FakeBedrock(Play(says("Hello", " world", thoughts=["hm"]), pieces=1)) as bedrock:
            answer = botocore_client("bedrock-runtime", bedrock.url).converse_stream(
                modelId=ARN, messages=[{"role": "user", "content": [{"text": "hi"}]}])
            events = list(answer["stream"])
            self.assertEqual(bedrock.faults, [])
        deltas = [one["contentBlockDelta"]["delta"] for one in events if "contentBlockDelta" in one]
        self.assertEqual(deltas, [{"reasoningContent": {"text": "hm"}}, {"text": "Hello"}, {"text": " world"}])
        self.assertEqual(events[-1]["metadata"]["usage"]["outputTokens"], 7)

    def test_botocores_client_reads_an_agents_answer(self):
        with FakeBedrock(Play(agent_says("Hel", "lo"), pieces=2)) as bedrock:
            answer = botocore_client("bedrock-agent-runtime", bedrock.url).invoke_agent(
                agentId="AGENT12345", agentAliasId="ALIAS12345", sessionId="chat:1", inputText="hi")
            parts = [one["chunk"]["bytes"] for one in answer["completion"] if "chunk" in one]
            self.assertEqual(bedrock.faults, [])
        self.assertEqual(b"".join(parts), b"Hello")

    def test_our_requests_are_those_that_botocore_makes(self):
        """Path and fields: what botocore sends for the same question, we send too."""
        with tempfile.TemporaryDirectory() as home, FakeBedrock(Play(says("Hello"))) as bedrock:
            botocore_client("bedrock-runtime", bedrock.url).converse_stream(
                modelId=ARN, system=[{"text": "Be brief."}], messages=[{"role": "user", "content": [{"text": "hi"}]}],
                inferenceConfig={"maxTokens": 50, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]})
            run = Generate(bedrock, home)("--engine", "bedrock", "--model", ARN, "hi", "--system", "Be brief.",
                                          "--param", "maxTokens=50", "--param", "temperature=0.5", "--param", "topP=0.9",
                                          "--param", "stop=END")
            self.assertEqual(run.code, 0, run)
            theirs, ours = bedrock.requests
            self.assertEqual(ours[:2], theirs[:2])
            self.assertEqual(bedrock.faults, [])


class Generate:
    """`wsdeep llm generate` against a played Bedrock."""

    def __init__(self, bedrock, home):
        self.system = System()
        self.system.home = home
        self.environment = bedrock.environment()

    def __call__(self, *words, **more):
        return self.system.run("llm", "generate", *words, env=self.environment, **more)


class GenerateTest(unittest.TestCase):
    def play(self, *plays):
        bedrock = FakeBedrock(*plays)
        self.addCleanup(bedrock.__exit__)
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.generate = Generate(bedrock, home.name)
        self.addCleanup(self.generate.system.destroy)
        return bedrock

    def ask(self, *words, **more):
        return self.generate("--engine", "bedrock", "--model", MODEL, *words, **more)

    def events(self, *words):
        run = self.ask("--json", "hi", *words)
        return run, [json.loads(line) for line in run.out.splitlines()]

    def test_an_answer_in_any_pieces_is_the_same(self):
        bedrock = self.play(*[Play(says("Grüße", " 日本", " 😀", thoughts=["erst ", "denken"]), pieces=seed)
                              for seed in range(8)])
        for _ in range(8):
            run = self.ask("hi", "--reasoning")
            self.assertEqual(run.code, 0, run)
            self.assertIn("Grüße 日本 😀", run.out)
            self.assertIn("7 tokens", run.err)
        self.assertEqual(bedrock.faults, [])

    def test_json_tells_text_reasoning_tokens_and_how_it_ended(self):
        usage = {"inputTokens": 3, "outputTokens": 7, "totalTokens": 60, "cacheReadInputTokens": 40,
                 "cacheWriteInputTokens": 10}
        self.play(Play(says("Hello", thoughts=["hm"], stop="max_tokens", usage=usage)))
        run, events = self.events()
        self.assertEqual(run.code, 0, run)
        end = events[-1]
        self.assertEqual((end["finishReason"], end["usage"]["promptTokens"], end["usage"]["completionTokens"],
                          end["usage"]["cachedPromptTokens"]), ("length", 53, 7, 40), end)

    def test_a_throttled_call_is_made_again_when_that_was_asked_for(self):
        bedrock = self.play(Play(status=429, code="ThrottlingException"), Play([exception("throttlingException", "x")]),
                            Play(says("Hello")))
        run = self.ask("hi", "--retries", "3")
        self.assertEqual((run.code, run.out.strip()), (0, "Hello"), run)
        self.assertEqual(len(bedrock.requests), 3)

    def test_nothing_is_asked_again_once_an_answer_has_begun(self):
        bedrock = self.play(Play([*says("Hello")[:2], exception("modelStreamErrorException", "the model fell")]))
        run = self.ask("hi", "--retries", "3")
        self.assertEqual(run.code, 1, run)
        self.assertIn("modelStreamErrorException: the model fell", run.err)
        self.assertEqual(len(bedrock.requests), 1)

    def test_a_stream_that_is_cut_is_no_answer(self):
        whole = len(b"".join(says("Hello")))
        for cut, flip in ((150, None), (whole - 300, None), (None, 130), (None, 3)):
            bedrock = self.play(Play(says("Hello"), cut_at=cut, flip=flip))
            run = self.ask("hi")
            self.assertEqual(run.code, 1, (cut, flip, run))
            self.assertRegex(run.err, "broke off|checksum|broken", (cut, flip))
            self.assertEqual(len(bedrock.requests), 1)

    def test_refusals_say_what_to_do(self):
        for play, words in (
                (Play(status=403, code="AccessDeniedException"), "allow bedrock:InvokeModelWithResponseStream"),
                (Play(status=404, code="ResourceNotFoundException"), "check the id of the model or agent"),
                (Play(status=400, code="ValidationException",
                      body='{"message":"The provided model identifier is invalid."}'), "check the model's id"),
                (Play(status=400, code="ValidationException", body='{"message":"Input is too long."}'),
                 "Input is too long"),
                (Play(status=200, events=[b"<html>a proxy's page</html>"], content_type="text/html"), "not Bedrock"),
                (Play(status=503, body="<html>no</html>"), "HTTP 503")):
            self.play(play)
            run = self.ask("hi")
            self.assertEqual(run.code, 1, run)
            self.assertIn(words, run.err)

    def test_a_guardrail_is_told(self):
        self.play(Play(says("Sorry, I cannot help with that.", stop="guardrail_intervened")))
        run = self.ask("hi")
        self.assertEqual((run.code, run.out.strip()), (0, "Sorry, I cannot help with that."), run)
        self.assertIn("content filter", run.err)
        self.play(Play(says(stop="content_filtered")))
        run = self.ask("hi")
        self.assertEqual(run.code, 1, run)
        self.assertIn("withheld", run.err)

    def test_a_silent_bedrock_is_given_up(self):
        never = threading.Event()
        bedrock = self.play(Play(says("Hello"), hold=never))
        run = self.ask("hi", "--timeout", "1")
        self.assertEqual(run.code, 1, run)
        self.assertTrue(bedrock.gone.wait(TIMEOUT))

    def test_an_agent_is_asked_the_question_alone_and_keeps_the_session(self):
        bedrock = self.play(Play(agent_says("Grü".encode()[:3], "Grü".encode()[3:] + "ße".encode()), pieces=3))
        session = os.path.join(self.generate.system.home, "s.json")
        for question in ("hi", "and in French?"):
            run = self.generate("--engine", "bedrock-agent", "--agent", AGENT, "--session", session, question)
            self.assertEqual((run.code, run.out.strip()), (0, "Grüße"), run)
            self.assertNotIn("business", run.out + run.err)
            self.assertIn("9 tokens", run.err)
        paths = {path for path, _, _ in bedrock.requests}
        self.assertEqual(len(paths), 1, paths)
        self.assertRegex(paths.pop(), "^/agents/AGENT12345/agentAliases/ALIAS12345/sessions/[0-9a-zA-Z._:-]{2,100}/text$")
        self.assertEqual([body["inputText"] for _, body, _ in bedrock.requests], ["hi", "and in French?"])
        self.assertEqual(bedrock.faults, [])

    def test_an_agent_is_not_asked_again_by_retries_either(self):
        for play, requests in ((Play(status=503, code="ServiceUnavailableException"), 1), (Play(hang_up=True), 1),
                               (Play([exception("throttlingException", "x")]), 1),
                               (Play(status=429, code="ThrottlingException"), 2)):
            bedrock = self.play(play, Play(agent_says("Hello")))
            run = self.generate("--engine", "bedrock-agent", "--agent", AGENT, "--retries", "3", "hi")
            self.assertEqual((run.code, len(bedrock.requests)), (0 if requests == 2 else 1, requests), (vars(play), run))

    def test_what_an_agent_does_that_is_no_answer_is_told(self):
        control = event("returnControl", invocationId="1", invocationInputs=[])
        for events, words in (([control], "hands control back"), ([], "broke off"),
                              (agent_says()[:1], "without an answer"),
                              ([exception("dependencyFailedException", "the Lambda fell")], "the Lambda fell"),
                              ([exception("badGatewayException", "bad")], "badGatewayException"),
                              ([exception("accessDeniedException", "no")], "InvokeModelWithResponseStream"),
                              ([message({":message-type": "error", ":error-code": "InternalFailure",
                                         ":error-message": "oops"}, b"")], "InternalFailure: oops")):
            self.play(Play(events))
            run = self.generate("--engine", "bedrock-agent", "--agent", AGENT, "hi")
            self.assertEqual(run.code, 1, run)
            self.assertIn(words, run.err)

    def test_options_that_do_not_go_together_are_refused(self):
        self.play(Play(says("x")))
        for words, cause in ((["--engine", "bedrock", "hi"], "pass --model"),
                             (["--engine", "bedrock-agent", "hi"], "which agent?"),
                             (["--agent", AGENT, "hi"], "--agent is for"),
                             (["--engine", "bedrock-agent", "--agent", "x", "hi"], "its alias's id"),
                             (["--engine", "bedrock-agent", "--agent", AGENT, "--model", "m", "hi"], "--model does not go"),
                             (["--engine", "bedrock", "--model", MODEL, "--url", "gpu:1", "hi"], "--url does not go"),
                             (["--engine", "bedrock", "--model", "a model?", "hi"], "expected a model's id")):
            run = self.generate(*words)
            self.assertEqual(run.code, 2, run)
            self.assertIn(cause, run.err)


class ChatTest(unittest.TestCase):
    """A chat over WebSocket, whose model is Bedrock's."""

    def up(self, *options, plays):
        bedrock = FakeBedrock(*plays)
        self.addCleanup(bedrock.__exit__)
        system = System(*options, "--llm-timeout", "20s")
        self.addCleanup(system.destroy)
        keep = system.environment
        system.environment = lambda: {**keep(), **bedrock.environment()}
        system.up()
        system.environment = keep
        system.add_user("alice")
        return bedrock, system

    @staticmethod
    def ask(socket, text, **data):
        socket.send({"action": "message", "data": {"message": text, **data}})
        return socket.receive_until(turn_over)

    def test_a_model_answers_stops_fails_and_comes_back(self):
        go_on = threading.Event()
        first = says("Hello", " world", thoughts=["hm"])
        at = len(b"".join(first[:3]))
        bedrock, system = self.up("--bedrock-model", MODEL, plays=[
            Play(first, pieces=5), Play(status=429, code="ThrottlingException"), Play(says("Again")),
            Play(first, hold=go_on, hold_at=at), Play([*first[:4], exception("serviceUnavailableException", "down")]),
            Play(status=403, code="AccessDeniedException"),
            Play(status=400, code="ValidationException", body='{"message":"Input is too long for requested model."}'),
            Play(says("Blocked.", stop="guardrail_intervened"))])
        socket = system.connect(system.token("alice"))
        frames = self.ask(socket, "hi", separateReasoning=True)
        done = frames[-1]
        self.assertEqual((done["data"]["message"], done["data"]["finishReason"], done["data"]["usage"]["completionTokens"]),
                         ("Hello world", "stop", 7), done)
        line = eventually(lambda: [one for one in system.log("wsdeep-generate") if one.get("completionTokens") == 7])[0]
        self.assertEqual((line["promptTokens"], line["outcome"]), (11, "completed"), line)
        self.assertEqual(self.ask(socket, "again")[-1]["data"]["message"], "Again")
        roles = [turn["role"] for turn in bedrock.requests[-1][1]["messages"]]
        self.assertEqual(roles, ["user", "assistant", "user"])

        socket.send({"action": "message", "data": {"message": "long"}})
        socket.receive_until(lambda frame: frame.get("action") == "llm_response_chunk")
        socket.send({"action": "cancel", "data": {}})
        self.assertEqual(socket.receive_until(turn_over)[-1]["data"]["errorCategory"], "cancelled")
        self.assertTrue(bedrock.gone.wait(TIMEOUT), "the call to Bedrock goes on")

        for category in ("llm_unavailable", "llm_unavailable", "invalid_input"):
            frames = self.ask(socket, "fail")
            self.assertTrue(is_error(frames[-1]), frames[-1])
            self.assertEqual(frames[-1]["data"]["errorCategory"], category, frames[-1])
        self.assertIn("Input is too long", frames[-1]["data"]["message"])
        blocked = self.ask(socket, "bad words")[-1]
        self.assertTrue(is_completion(blocked), blocked)
        self.assertEqual(blocked["data"]["finishReason"], "content_filter")
        self.assertEqual(bedrock.faults, [])
        run = system.run("llm", "health")
        self.assertEqual(run.code, 2, run)
        self.assertIn("has no node", run.err)
        socket.close()

    def test_an_agent_keeps_each_chat_apart(self):
        bedrock, system = self.up("--bedrock-agent", AGENT, plays=[Play(agent_says("Hel", "lo"))])
        socket = system.connect(system.token("alice"))
        chats = []
        for _ in range(2):
            done = self.ask(socket, "hi")[-1]
            self.assertEqual((done["data"]["message"], done["data"]["usage"]["completionTokens"]), ("Hello", 9), done)
            chats.append(done["data"]["chatId"])
            self.ask(socket, "more")
            socket.send({"action": "new_conversation", "data": {}})
            socket.receive_until(lambda frame: frame.get("message") == "New conversation started")
        sessions = [path.split("/")[-2] for path, _, _ in bedrock.requests]
        alice = subject_of(system.token("alice"))
        names = [agent_session("chat", alice, chat) for chat in chats]
        self.assertEqual(sessions, [names[0], names[0], names[1], names[1]])
        self.assertNotEqual(*chats)
        self.assertEqual([body["inputText"] for _, body, _ in bedrock.requests], ["hi", "more"] * 2)
        self.assertEqual(bedrock.faults, [])
        socket.close()

    def test_rest_chat_asks_an_agent_too(self):
        bedrock, system = self.up("--bedrock-agent", AGENT, plays=[
            Play(agent_says("Hel", "lo")), Play(status=403, code="AccessDeniedException"), Play(agent_says("Again"))])
        token = system.token("alice")

        def post(**body):
            parts = urlsplit(system.info["endpoint"])
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
            self.addCleanup(connection.close)
            connection.request("POST", "/chat", json.dumps(body), {"Content-Type": "application/json", "id_token": token})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

        status, first = post(prompt="hi")
        self.assertEqual((status, first["response"]), (200, "Hello"), first)
        chat = first["chat"]["id"]
        status, refused = post(prompt="more", chat_id=chat)
        self.assertEqual((status, refused["error"]), (500, "Internal server error"), refused)
        status, second = post(prompt="once more", chat_id=chat)
        self.assertEqual((status, second["response"], second["chat"]["id"]), (200, "Again", chat), second)
        self.assertEqual([body["inputText"] for _, body, _ in bedrock.requests], ["hi", "more", "once more"])
        session = agent_session("rest", subject_of(token), chat)
        self.assertEqual({path.split("/")[-2] for path, _, _ in bedrock.requests}, {session})
        self.assertEqual(bedrock.faults, [])

        # Whoever learns a chat's id, and calls a session so, does not speak with its agent.
        system.add_user("bob")
        bob = system.token("bob")
        socket = system.connect(bob, query="?sessionId=" + chat)
        self.addCleanup(socket.close)
        self.assertEqual(self.ask(socket, "what did she say?")[-1]["data"]["chatId"], chat)
        self.assertEqual(bedrock.requests[-1][0].split("/")[-2], agent_session("chat", subject_of(bob), chat))

    def test_what_an_agent_may_have_done_is_not_asked_for_again(self):
        """An agent acts, and remembers: a question that may have arrived is told to have failed."""
        once = [Play(status=500, code="InternalServerException"), Play(status=503, code="ServiceUnavailableException"),
                Play(hang_up=True), Play(cut_at=0), Play([exception("throttlingException", "slow down")])]
        again = [Play(status=429, code="ThrottlingException"), Play(status=409, code="ConflictException")]
        plays = [Play(agent_says("Hello"))]
        for play in (*once, *again):
            plays += [play, Play(agent_says("Hello"))]
        bedrock, system = self.up("--bedrock-agent", AGENT, plays=plays)
        socket = system.connect(system.token("alice"))
        self.addCleanup(socket.close)
        self.ask(socket, "a connection to keep")
        for play in once:
            before = len(bedrock.requests)
            self.assertTrue(is_error(self.ask(socket, "act")[-1]), vars(play))
            self.assertEqual(len(bedrock.requests), before + 1, vars(play))
            self.assertTrue(is_completion(self.ask(socket, "a connection to keep")[-1]))
        for play in again:
            before = len(bedrock.requests)
            self.assertTrue(is_completion(self.ask(socket, "act")[-1]), vars(play))
            self.assertEqual(len(bedrock.requests), before + 2, vars(play))

    def test_one_that_is_not_reached_is_told_on_this_machine(self):
        bedrock, system = self.up("--bedrock-model", MODEL, plays=[])
        bedrock.__exit__()
        run = system.run("chat", "-m", "hi")
        self.assertEqual(run.code, 1, run)
        at = f"the cause, at bedrock:{MODEL}: "
        self.assertIn("(llm_unavailable)\n" + at, run.err)
        cause = run.err.split(at)[1].split("\n")[0]
        self.assertIn(urlsplit(bedrock.url).netloc, cause)
        self.assertIn(f"\n             llm_unavailable: {cause}\n", system.run("local", "status").out)

    def test_without_keys_or_region_it_does_not_start(self):
        system = System("--bedrock-model", MODEL)
        self.addCleanup(system.destroy)
        off = {"AWS_EC2_METADATA_DISABLED": "true"}
        for env, words in ((off, "the region of Bedrock is not known"), ({**off, "AWS_REGION": REGION}, "credentials")):
            run = system.run("local", "up", "--port", "0", *system.options, env=env)
            self.assertIn(run.code, (2, 3), run)
            self.assertIn(words, run.err)
        run = system.run("local", "up", "--bedrock-agent", "x", env={**off, "AWS_REGION": REGION})
        self.assertEqual(run.code, 2, run)


if __name__ == "__main__":
    unittest.main()

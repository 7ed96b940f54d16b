"""What only the local pool has: new keys while it runs, codes in a file instead of on a phone, Cognito's quotas, second
factors and a client with a secret for our own commands to meet."""

import base64
import hashlib
import hmac
import json
import os
import stat
import struct
import time
import unittest
import urllib.error
import urllib.request

from harness import System, SystemTest


def kid_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]


class Keys(SystemTest):
    def published(self):
        url = f"{self.system.info['endpoint']}/{self.system.info['userPoolId']}/.well-known/jwks.json"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return {key["kid"] for key in json.load(answer)["keys"]}

    def test_new_keys_are_accepted_at_once_and_old_ones_still(self):
        old = {kind: self.system.token("alice", *kind) for kind in ((), ("--access",))}
        for token in old.values():  # the authorizer has the old keys now
            self.system.connect(token).close()
        rotated = self.system.run("local", "rotate-keys", "--output", "json")
        self.assertEqual(rotated.code, 0, rotated)
        kids = json.loads(rotated.out)
        self.system.add_user("bob")
        new = {kind: self.system.token("bob", *kind) for kind in old}
        self.assertEqual(kid_of(new[()]), kids["idKid"])
        self.assertEqual(kid_of(new[("--access",)]), kids["accessKid"])
        for token in (*new.values(), *old.values()):
            self.system.connect(token).close()
        keys = self.published()
        self.assertEqual(keys, {kid_of(token) for token in (*new.values(), *old.values())})
        self.system.down()
        self.system.up()
        self.assertEqual(self.published(), keys)
        for token in (*new.values(), *old.values()):
            self.system.connect(token).close()

    def test_only_who_has_the_keys_of_the_system_may_change_those_of_the_pool(self):
        status, _ = self.system.call_signed("cognito-idp", "/_local/rotate-keys", {}, {})
        self.assertEqual(status, 400)
        request = urllib.request.Request(self.system.info["endpoint"] + "/_local/rotate-keys", method="POST")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        self.assertEqual(refused.exception.code, 400)
        refused.exception.close()

    def test_without_a_running_system_there_is_nobody_to_ask(self):
        other = System()
        self.addCleanup(other.destroy)
        result = other.run("local", "rotate-keys")
        self.assertEqual((result.code, "no local system is running" in result.err), (1, True), result)


class Options(unittest.TestCase):
    def test_what_makes_no_sense_is_refused(self):
        system = System()
        self.addCleanup(system.destroy)
        for words, says in ((("--callback-url", "javascript:alert(1)"), "expected an http or https URL"),
                            (("--cognito-rate", "0"), "--cognito-rate"), (("--cognito-rate", "x"), "--cognito-rate")):
            result = system.run("local", "up", *words)
            self.assertEqual((result.code, says in result.err), (2, True), result)


class Messages(SystemTest):
    def test_a_code_for_a_phone_is_in_a_file_for_the_owner_only(self):
        self.system.cognito("SetUserPoolMfaConfig", MfaConfiguration="OPTIONAL", SmsMfaConfiguration={})
        self.system.cognito("AdminUpdateUserAttributes", Username="alice",
                            UserAttributes=[{"Name": "phone_number", "Value": "+15550001234"}])
        self.system.cognito("AdminSetUserMFAPreference", Username="alice", SMSMfaSettings={"Enabled": True})
        client = self.system.info["clientId"]
        asked = self.system.cognito("AdminInitiateAuth", ClientId=client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                                    AuthParameters={"USERNAME": "alice", "PASSWORD": "Correct-horse-7"})
        self.assertEqual(asked["ChallengeName"], "SMS_MFA")
        path = self.system.status()["messagesFile"]
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="utf-8") as file:
            message = json.loads(file.readlines()[-1])
        self.assertEqual((message["to"], message["username"]), ("+15550001234", "alice"))
        code = "".join(filter(str.isdigit, message["message"]))
        done = self.system.cognito("AdminRespondToAuthChallenge", ClientId=client, ChallengeName="SMS_MFA",
                                   Session=asked["Session"],
                                   ChallengeResponses={"USERNAME": "alice", "SMS_MFA_CODE": code})
        self.assertIn("IdToken", done["AuthenticationResult"])


def totp(secret, later=0):
    """RFC 6238; the code of `later` half minutes from now."""
    step = int(time.time()) // 30 + later
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


class OurOwnClient(SystemTest):
    USERS = ("alice", "bob")

    def login(self, name, *options, env=None):
        return self.system.run("login", name, "--password-stdin", *options, stdin="Correct-horse-7\n", env=env)

    def test_it_shows_the_secret_of_a_client_that_has_one(self):
        exports = self.system.run("local", "status", "--output", "env").out
        client = dict(line.removeprefix("export ").split("=", 1) for line in exports.splitlines())
        client["WSDEEP_CLIENT_ID"] = client["WSDEEP_SERVICE_CLIENT_ID"]
        for secret, says in (("", "set WSDEEP_CLIENT_SECRET"), ("wrong", "is not this app client's secret")):
            refused = self.login("alice", env={**client, "WSDEEP_CLIENT_SECRET": secret})
            self.assertEqual((refused.code, says in refused.err), (3, True), refused)
        client["WSDEEP_CLIENT_SECRET"] = client["WSDEEP_SERVICE_CLIENT_SECRET"]
        for options in ((), ("--flow", "password")):
            signed_in = self.login("alice", *options, env=client)
            self.assertEqual(signed_in.code, 0, signed_in)
        claims = json.loads(self.system.run("token", "alice", "--decode", env=client).out)
        self.assertEqual(claims["aud"], self.system.info["serviceClientId"])
        self.assertEqual(self.system.run("logout", "alice", env=client).code, 0)

    def test_it_answers_with_the_code_of_an_app(self):
        self.system.cognito("SetUserPoolMfaConfig", MfaConfiguration="OPTIONAL",
                            SoftwareTokenMfaConfiguration={"Enabled": True})
        access = self.system.token("bob", "--access")
        secret = self.system.cognito("AssociateSoftwareToken", AccessToken=access)["SecretCode"]
        self.system.cognito("VerifySoftwareToken", AccessToken=access, UserCode=totp(secret))
        self.system.cognito("SetUserMFAPreference", AccessToken=access, SoftwareTokenMfaSettings={"Enabled": True})
        refused = self.login("bob", "--mfa-code", "000000")
        self.assertEqual(refused.code, 3, refused)
        signed_in = self.login("bob", "--mfa-code", totp(secret, 1))
        self.assertEqual(signed_in.code, 0, signed_in)
        self.system.connect(self.system.token("bob")).close()


class Quotas(SystemTest):
    OPTIONS = ("--cognito-rate", "20")
    USERS = ()

    def test_bulk_creation_goes_on_until_everybody_is_there(self):
        out = os.path.join(self.system.state, "users.jsonl")
        made = self.system.run("users", "create", "--count", "40", "--prefix", "many-", "--out", out)
        self.assertEqual(made.code, 0, made)
        with open(out, encoding="utf-8") as file:
            made = [json.loads(line) for line in file]
        names = {line["username"] for line in made if "username" in line}
        self.assertEqual(len(names), 40)
        listed = json.loads(self.system.run("users", "list", "--output", "json").out)
        self.assertEqual({user["username"] for user in listed}, names)
        self.assertEqual({user["status"] for user in listed}, {"CONFIRMED"})


if __name__ == "__main__":
    unittest.main()

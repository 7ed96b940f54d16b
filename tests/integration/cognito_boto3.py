#!/usr/bin/env python3
"""Users, groups, sign-in and refresh through boto3 at any Cognito endpoint: ours, or moto's server.

    moto_server -H 127.0.0.1 -p 5000 &
    tests/integration/cognito_boto3.py --endpoint http://127.0.0.1:5000 --moto

With --moto a pool and a client are made first, and the differences that moto is known to have are expected (each is
named where it matters, and printed); at our server, which has one pool, --pool and --client name it, or it is looked up.
"""
import argparse
import base64
import hashlib
import hmac
import json
import struct
import sys
import time
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

PASSWORD, TEMPORARY = "Correct-Horse-7", "Temporary-1"


class Run:
    """One pool, and what went wrong so far."""

    def __init__(self, options):
        common = dict(endpoint_url=options.endpoint, region_name=options.region)
        self.admin = boto3.client("cognito-idp", **common, aws_access_key_id=options.access_key,
                                  aws_secret_access_key=options.secret_key, config=Config(retries={"max_attempts": 1}))
        self.is_moto, self.endpoint = options.moto, options.endpoint
        self.failures, self.differences = [], []
        self.marker = uuid.uuid4().hex[:8]
        if options.moto:
            self.make_pool()
        else:
            self.pool = options.pool or self.admin.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
            self.client = options.client or self.admin.list_user_pool_clients(
                UserPoolId=self.pool, MaxResults=1)["UserPoolClients"][0]["ClientId"]

    def make_pool(self):
        self.pool = self.admin.create_user_pool(PoolName="test", AliasAttributes=["email"], Policies={
            "PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True,
                               "RequireNumbers": True, "RequireSymbols": True}})["UserPool"]["Id"]
        self.client = self.admin.create_user_pool_client(
            UserPoolId=self.pool, ClientName="test",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
                               "ALLOW_ADMIN_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]

    def name(self, text):
        """Ours keeps its users: names of this run only."""
        return f"{text}-{self.marker}"

    def check(self, what, met):
        print(f"{'ok    ' if met else 'FAILED'} {what}")
        if not met:
            self.failures.append(what)

    def differs(self, what, how, met):
        """Something that moto answers differently: there it must not be met, elsewhere it must."""
        if not self.is_moto:
            return self.check(what, met)
        self.check(f"moto still differs: {what}", not met)
        self.differences.append(f"{what}: {how}")

    def fault(self, call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "accepted"

    def message(self, call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            return error.response["Error"]["Message"]
        return "accepted"

    def sign_in(self, username, password):
        return self.admin.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=self.client,
                                        AuthParameters={"USERNAME": username, "PASSWORD": password})

    def create(self, username, **attributes):
        return self.admin.admin_create_user(
            UserPoolId=self.pool, Username=username, TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()])["User"]

    def create_confirmed(self, username, **attributes):
        self.create(username, **attributes)
        self.admin.admin_set_user_password(UserPoolId=self.pool, Username=username, Password=PASSWORD, Permanent=True)


def part(token, position):
    text = token.split(".")[position]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def users(run):
    name = run.name("ann")
    user = run.create(name, email=f"{name}@example.com")
    run.check("a new user has to change the password", user["UserStatus"] == "FORCE_CHANGE_PASSWORD" and user["Enabled"])
    attributes = {a["Name"]: a["Value"] for a in user["Attributes"]}
    run.check("a new user has a sub", len(attributes["sub"]) == 36 and attributes["email"] == f"{name}@example.com")
    run.check("a name is given once", run.fault(run.create, username=name) == "UsernameExistsException")
    shown = run.admin.admin_get_user(UserPoolId=run.pool, Username=name)
    run.check("a user shows itself", shown["Username"] == name and shown["UserCreateDate"].timestamp() > 1.6e9)
    for operation in ("admin_get_user", "admin_delete_user", "admin_disable_user"):
        run.check(f"{operation} misses unknown users", "UserNotFoundException" == run.fault(
            getattr(run.admin, operation), UserPoolId=run.pool, Username=run.name("nobody")))
    run.check("another pool is not found", "ResourceNotFoundException" == run.fault(
        run.admin.admin_get_user, UserPoolId="us-east-1_nothing00", Username=name))
    run.admin.admin_update_user_attributes(UserPoolId=run.pool, Username=name,
                                           UserAttributes=[{"Name": "given_name", "Value": "Ann"}])
    listed = run.admin.list_users(UserPoolId=run.pool, Filter=f'username = "{name}"')["Users"]
    run.check("a filter finds the user by name", [u["Username"] for u in listed] == [name])
    run.check("an update is seen", {"Name": "given_name", "Value": "Ann"} in listed[0]["Attributes"])
    listed = run.admin.list_users(UserPoolId=run.pool, Filter=f'email ^= "{name}"')["Users"]
    run.check("a filter finds the user by the beginning of its address", len(listed) == 1)
    run.check("a bad filter is refused", "InvalidParameterException" == run.fault(
        run.admin.list_users, UserPoolId=run.pool, Filter="nonsense"))
    run.admin.admin_delete_user(UserPoolId=run.pool, Username=name)
    run.check("a deleted user is gone", run.fault(run.admin.admin_get_user, UserPoolId=run.pool,
                                                  Username=name) == "UserNotFoundException")


def pages(run):
    names = {run.name(f"page{n}") for n in range(7)}
    for name in names:
        run.create(name)
    seen, more = [], {}
    while True:
        page = run.admin.list_users(UserPoolId=run.pool, Limit=3, **more)
        seen += [u["Username"] for u in page["Users"]]
        if "PaginationToken" not in page:
            break
        more = {"PaginationToken": page["PaginationToken"]}
    run.check("pages hold every user once", names <= set(seen) and len(seen) == len(set(seen)))
    for name in names:
        run.admin.admin_delete_user(UserPoolId=run.pool, Username=name)


def sign_in(run):
    name = run.name("bob")
    run.create(name)
    challenge = run.sign_in(name, TEMPORARY)
    run.check("a new user is asked for a new password", challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED")
    run.differs("the challenge names the user", "moto calls it USERNAME",
                challenge["ChallengeParameters"].get("USER_ID_FOR_SRP") == name)
    weak = run.message(run.admin.respond_to_auth_challenge, ClientId=run.client, ChallengeName="NEW_PASSWORD_REQUIRED",
                       Session=challenge["Session"], ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": "weak"})
    run.differs("a weak new password is refused in Cognito's words", "moto accepts it or words it differently",
                weak == "Password did not conform with policy: Password not long enough")
    if run.is_moto:
        run.admin.admin_set_user_password(UserPoolId=run.pool, Username=name, Password=PASSWORD, Permanent=True)
        tokens = run.sign_in(name, PASSWORD)["AuthenticationResult"]
    else:
        tokens = run.admin.respond_to_auth_challenge(
            ClientId=run.client, ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
            ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": PASSWORD})["AuthenticationResult"]
    run.check("the answer has three tokens", tokens["TokenType"] == "Bearer" and tokens["ExpiresIn"] == 3600 and
              all(tokens[kind] for kind in ("IdToken", "AccessToken", "RefreshToken")))
    status = run.admin.admin_get_user(UserPoolId=run.pool, Username=name)["UserStatus"]
    run.check("the user is confirmed now", status == "CONFIRMED")
    check_claims(run, name, tokens)
    run.check("a wrong password is refused", run.fault(run.sign_in, username=name,
                                                       password="Wrong-1-pass") == "NotAuthorizedException")
    run.differs("an unknown user is refused in the same way", "moto answers UserNotFoundException",
                run.fault(run.sign_in, username=run.name("nobody"), password=PASSWORD) == "NotAuthorizedException")
    run.check("an unknown client is refused", "ResourceNotFoundException" == run.fault(
        run.admin.initiate_auth, AuthFlow="USER_PASSWORD_AUTH", ClientId="nothing",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD}))
    shown = run.admin.get_user(AccessToken=tokens["AccessToken"])
    run.check("the access token shows the user", shown["Username"] == name)
    run.admin.admin_disable_user(UserPoolId=run.pool, Username=name)
    run.check("a disabled user is refused", run.message(run.sign_in, username=name,
                                                        password=PASSWORD) == "User is disabled.")
    run.admin.admin_delete_user(UserPoolId=run.pool, Username=name)


def check_claims(run, name, tokens):
    sub = {a["Name"]: a["Value"] for a in
           run.admin.admin_get_user(UserPoolId=run.pool, Username=name)["UserAttributes"]}["sub"]
    claims, access = part(tokens["IdToken"], 1), part(tokens["AccessToken"], 1)
    run.check("the ID token says who, for whom and what it is", claims["sub"] == sub and claims["aud"] == run.client and
              claims["token_use"] == "id" and claims["cognito:username"] == name)
    run.check("the access token names the client, the scope and what it is", access["client_id"] == run.client and
              access["token_use"] == "access" and access["username"] == name)
    run.check("both tokens live an hour", all(c["exp"] - c["iat"] == 3600 for c in (claims, access)))
    run.check("the issuer names the pool", claims["iss"].endswith("/" + run.pool) and claims["iss"] == access["iss"])
    kids = {part(tokens[kind], 0)["kid"] for kind in ("IdToken", "AccessToken")}
    run.differs("ID and access tokens are signed by different keys", "moto has one key", len(kids) == 2)
    if not run.is_moto:
        # The keys are beside the issuer at AWS; a stand-in serves them at its own endpoint, under the pool's id.
        keys_at = f"{run.endpoint}/{claims['iss'].rsplit('/', 1)[1]}"
        with urllib.request.urlopen(f"{keys_at}/.well-known/jwks.json", timeout=10) as answer:
            published = {key["kid"] for key in json.load(answer)["keys"]}
        run.check("the published keys hold both", kids <= published)


def refresh(run):
    name = run.name("eve")
    run.create_confirmed(name)
    tokens = run.sign_in(name, PASSWORD)["AuthenticationResult"]

    def again(token):
        return run.admin.initiate_auth(AuthFlow="REFRESH_TOKEN_AUTH", ClientId=run.client,
                                       AuthParameters={"REFRESH_TOKEN": token})["AuthenticationResult"]

    renewed = again(tokens["RefreshToken"])
    run.check("a refresh gives new tokens", "IdToken" in renewed and "AccessToken" in renewed)
    run.check("a refresh gives no new refresh token", "RefreshToken" not in renewed)
    origins = {part(t, 1)["origin_jti"] for t in (tokens["AccessToken"], renewed["AccessToken"])}
    run.check("a refresh keeps the origin", len(origins) == 1)
    run.admin.global_sign_out(AccessToken=renewed["AccessToken"])
    run.check("signing out ends the refresh token", run.fault(again, token=tokens["RefreshToken"]) == "NotAuthorizedException")
    run.check("signing out ends the access token", "NotAuthorizedException" == run.fault(
        run.admin.get_user, AccessToken=renewed["AccessToken"]))
    run.check("nonsense is no refresh token", run.fault(again, token="nonsense") == "NotAuthorizedException")
    if not run.is_moto:
        tokens = run.sign_in(name, PASSWORD)["AuthenticationResult"]
        run.admin.revoke_token(Token=tokens["RefreshToken"], ClientId=run.client)
        run.check("a revoked token is refused", run.message(again, token=tokens["RefreshToken"]) ==
                  "Refresh Token has been revoked")
    if not run.is_moto:
        renew(run, run.sign_in(name, PASSWORD)["AuthenticationResult"])
    run.admin.admin_delete_user(UserPoolId=run.pool, Username=name)


def renew(run, tokens):
    """By the operation that knows rotation. An older botocore does not have it: then without it."""
    if not hasattr(run.admin, "get_tokens_from_refresh_token"):
        return print("       this botocore is older than GetTokensFromRefreshToken")

    def again(token):
        return run.admin.get_tokens_from_refresh_token(RefreshToken=token, ClientId=run.client)["AuthenticationResult"]

    described = run.admin.describe_user_pool_client(UserPoolId=run.pool, ClientId=run.client)["UserPoolClient"]
    rotates = described["RefreshTokenRotation"]["Feature"] == "ENABLED"
    renewed = again(tokens["RefreshToken"])
    run.check("a renewal gives new tokens", "IdToken" in renewed and "AccessToken" in renewed)
    run.check("a renewal gives a new refresh token where the client rotates them", rotates == ("RefreshToken" in renewed))
    run.check("nonsense is no refresh token", run.fault(again, token="nonsense") == "NotAuthorizedException")


def groups(run):
    name, group = run.name("gil"), run.name("testers")
    run.create_confirmed(name)
    run.admin.create_group(UserPoolId=run.pool, GroupName=group, Description="for tests", Precedence=3)
    run.check("a group is made once", run.fault(run.admin.create_group, UserPoolId=run.pool,
                                                GroupName=group) == "GroupExistsException")
    run.admin.admin_add_user_to_group(UserPoolId=run.pool, Username=name, GroupName=group)
    of_user = run.admin.admin_list_groups_for_user(UserPoolId=run.pool, Username=name)["Groups"]
    run.check("a user's groups are listed", [(g["GroupName"], g["Precedence"]) for g in of_user] == [(group, 3)])
    members = run.admin.list_users_in_group(UserPoolId=run.pool, GroupName=group)["Users"]
    run.check("a group's users are listed", [u["Username"] for u in members] == [name])
    tokens = run.sign_in(name, PASSWORD)["AuthenticationResult"]
    run.check("both tokens name the groups", all(part(tokens[kind], 1)["cognito:groups"] == [group]
                                                 for kind in ("IdToken", "AccessToken")))
    run.check("an unknown group is refused", "ResourceNotFoundException" == run.fault(
        run.admin.admin_add_user_to_group, UserPoolId=run.pool, Username=name, GroupName=run.name("nothing")))
    run.admin.admin_remove_user_from_group(UserPoolId=run.pool, Username=name, GroupName=group)
    run.check("a user leaves a group", not run.admin.admin_list_groups_for_user(
        UserPoolId=run.pool, Username=name)["Groups"])
    run.admin.delete_group(UserPoolId=run.pool, GroupName=group)
    run.admin.admin_delete_user(UserPoolId=run.pool, Username=name)


def totp(secret):
    """The codes of now and of the next half minute (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))

    def at(step):
        digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
        start = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1000000:06}"

    now = int(time.time()) // 30
    return at(now), at(now + 1)


def second_factor(run):
    if run.is_moto:  # it takes any code
        return
    name = run.name("mfa")
    run.create_confirmed(name)
    run.admin.set_user_pool_mfa_config(UserPoolId=run.pool, MfaConfiguration="OPTIONAL",
                                       SoftwareTokenMfaConfiguration={"Enabled": True})
    config = run.admin.get_user_pool_mfa_config(UserPoolId=run.pool)
    run.check("the pool shows its configuration", config["MfaConfiguration"] == "OPTIONAL" and
              config["SoftwareTokenMfaConfiguration"]["Enabled"])
    access = run.sign_in(name, PASSWORD)["AuthenticationResult"]["AccessToken"]
    secret = run.admin.associate_software_token(AccessToken=access)["SecretCode"]
    run.check("a wrong code proves no app", "EnableSoftwareTokenMFAException" == run.fault(
        run.admin.verify_software_token, AccessToken=access, UserCode="000000"))
    code, next_code = totp(secret)
    proven = run.admin.verify_software_token(AccessToken=access, UserCode=code, FriendlyDeviceName="phone")
    run.check("a right code proves it", proven["Status"] == "SUCCESS")
    run.admin.set_user_mfa_preference(AccessToken=access,
                                      SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    shown = run.admin.admin_get_user(UserPoolId=run.pool, Username=name)
    run.check("the user shows the factor", shown["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA" and
              shown["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"])
    asked = run.sign_in(name, PASSWORD)
    run.check("signing in asks for the code", asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA")

    def answer(text):
        return run.admin.respond_to_auth_challenge(
            ClientId=run.client, ChallengeName="SOFTWARE_TOKEN_MFA", Session=asked["Session"],
            ChallengeResponses={"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": text})

    run.check("a used code is refused", run.fault(answer, text=code) == "ExpiredCodeException")
    run.check("a wrong code is refused", run.fault(answer, text="000000") == "CodeMismatchException")
    run.check("a right code signs in", "IdToken" in answer(next_code)["AuthenticationResult"])
    run.admin.admin_set_user_mfa_preference(UserPoolId=run.pool, Username=name,
                                            SoftwareTokenMfaSettings={"Enabled": False})
    run.check("an administrator turns it off", "AuthenticationResult" in run.sign_in(name, PASSWORD))
    run.admin.set_user_pool_mfa_config(UserPoolId=run.pool, MfaConfiguration="OFF")
    run.admin.admin_delete_user(UserPoolId=run.pool, Username=name)


def clients(run):
    if run.is_moto:  # what it shows is what its test asked it to make
        return
    listed = run.admin.list_user_pool_clients(UserPoolId=run.pool, MaxResults=10)["UserPoolClients"]
    shown = [run.admin.describe_user_pool_client(UserPoolId=run.pool, ClientId=c["ClientId"])["UserPoolClient"]
             for c in listed]
    public = [c for c in shown if "ClientSecret" not in c]
    secret = [c for c in shown if "ClientSecret" in c]
    run.check("there is a client for people and one for programs", (len(public), len(secret)) == (1, 1))
    run.check("people grant codes, to this machine", public[0]["AllowedOAuthFlows"] == ["code"] and
              "http://localhost/callback" in public[0]["CallbackURLs"] and public[0]["ClientId"] == run.client)
    run.check("programs have scopes of their own", secret[0]["AllowedOAuthFlows"] == ["client_credentials"] and
              secret[0]["AllowedOAuthScopes"] == ["wsdeep/admin", "wsdeep/read"])
    server = run.admin.describe_resource_server(UserPoolId=run.pool, Identifier="wsdeep")["ResourceServer"]
    run.check("the resource server names them", [s["ScopeName"] for s in server["Scopes"]] == ["admin", "read"])

    name, client = run.name("sec"), secret[0]
    run.create_confirmed(name)

    def sign_in(**more):
        return run.admin.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=client["ClientId"],
                                       AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD, **more})

    digest = hmac.new(client["ClientSecret"].encode(), (name + client["ClientId"]).encode(), hashlib.sha256).digest()
    run.check("a client with a secret has to show it", run.fault(sign_in) == "NotAuthorizedException")
    run.check("its hash is enough", "AuthenticationResult" in sign_in(SECRET_HASH=base64.b64encode(digest).decode()))
    run.admin.admin_delete_user(UserPoolId=run.pool, Username=name)
    names = {a["Name"] for a in run.admin.describe_user_pool(UserPoolId=run.pool)["UserPool"]["SchemaAttributes"]}
    run.check("the pool shows its attributes", {"sub", "email", "custom:wsdeep_test"} <= names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--moto", action="store_true", help="the endpoint is moto's")
    parser.add_argument("--pool")
    parser.add_argument("--client")
    parser.add_argument("--access-key", default="test")
    parser.add_argument("--secret-key", default="test")
    run = Run(parser.parse_args())
    for scenario in (users, pages, sign_in, refresh, groups, second_factor, clients):
        print(f"-- {scenario.__name__}")
        scenario(run)
    for difference in run.differences:
        print(f"moto differs: {difference}")
    print("all checks passed" if not run.failures else f"{len(run.failures)} checks failed")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())

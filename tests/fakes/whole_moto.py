#!/usr/bin/env python3
"""moto's server with the gaps of its CloudFormation filled, so that a whole template of ours is created, changed and
deleted in it: whole_moto.py -H HOST -p PORT, as moto_server.

* Serverless resources are transformed by aws-sam-translator, as CloudFormation's macro does it.
* Functions are evaluated by template_functions.py: a name or an attribute that does not exist is refused.
* What moto has no model of is played as moto_gaps.py says; everything else is moto's.
* A change of parameters alone adds and removes what their conditions say, and a change set leaves outputs.
"""

import copy
import functools
import os
import sys
import types
import urllib.parse
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

import moto_gaps  # noqa: E402
import template_functions as functions  # noqa: E402
from moto.cloudformation import models, parsing, responses  # noqa: E402
from moto.cloudformation.exceptions import ValidationError  # noqa: E402
from moto.core.responses import ActionResult  # noqa: E402
from moto.elbv2.models import ELBv2Backend  # noqa: E402
from moto.moto_api._internal import mock_random  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication  # noqa: E402
from moto.route53 import models as route53  # noqa: E402
from moto.s3.models import s3_backends  # noqa: E402
from moto.server import main  # noqa: E402
from moto.ssm.models import SimpleSystemManagerBackend  # noqa: E402
from sam_templates import NoPolicies, parse_template  # noqa: E402
from samtranslator.model.exceptions import InvalidDocumentException  # noqa: E402
from samtranslator.translator.transform import transform as sam_transform  # noqa: E402
from whole_resources import WholeResources, attribute_of, evaluated, model_of, owner, refused  # noqa: E402


def transformed(text, parameters):
    """The template as CloudFormation works with it: one of the caller's own, for moto writes into it."""
    return copy.deepcopy(transformed_once(text, tuple(sorted(parameters.items()))))


@functools.lru_cache(maxsize=4)  # a life deploys what it has deployed again
def transformed_once(text, parameters):
    template = parse_template(text)
    if template.get("Transform") != "AWS::Serverless-2016-10-31":
        return template
    try:
        return sam_transform(template, dict(parameters), NoPolicies())
    except InvalidDocumentException as fault:
        raise refused("Transform AWS::Serverless-2016-10-31 failed with: " +
                      " ".join(cause.message for cause in fault.causes)) from None


def parse_change_set(change_set):
    change_set.template_dict = transformed(change_set.template, change_set.parameters)


def changes_of(change_set):
    plan = change_set.stack.resource_map.plan(change_set.template_dict, change_set.parameters)
    types = {**change_set.stack.resource_map._resource_json_map, **change_set.template_dict["Resources"]}
    return [models.Change(action=action, logical_resource_id=name, resource_type=types[name]["Type"])
            for action, names in plan.items() for name in names]


def apply_change_set(change_set):
    stack = change_set.stack
    stack.resource_map.update(change_set.template_dict, change_set.parameters)
    stack.template_dict, stack.parameters = change_set.template_dict, change_set.parameters
    stack.output_map = stack._create_output_map()
    stack.tags = change_set.tags or stack.tags
    list(stack.output_map.values())  # a wrong one fails the deployment


def output_of(name, document, resources, parse=parsing.parse_output):
    with owner(f"output:{name}"):
        return parse(name, document, resources)


def parameter_of(backend, name, get=SimpleSystemManagerBackend.get_parameter):
    if name.startswith(moto_gaps.PUBLIC_IMAGES):
        return types.SimpleNamespace(name=name, value=moto_gaps.IMAGE, type="String")
    return get(backend, name)


def parameters_of(stack):
    """As they were given, rather than what became of them: `a,b` for a list, the name of an SSM parameter."""
    return [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in stack.stack_parameters.items()]


def has_parameters(stack, given):
    """True when those that are given change nothing: who says a default has changed nothing."""
    return {**stack.stack_parameters, **given} == stack.stack_parameters


def template_of(url, account_id, partition):
    """Of a bucket of this server, whose name stands in the path rather than in the host."""
    bucket, key = urllib.parse.urlsplit(url).path.lstrip("/").split("/", 1)
    return s3_backends[account_id][partition].get_object(bucket, key).value.decode()


def delete_stack(backend, name):
    """Its resources while it is there still, so that their events have a stack."""
    for stack in [one for one in backend.stacks.values() if name in (one.name, one.stack_id)]:
        if stack.enable_termination_protection:
            raise refused(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        stack.delete()
        backend.deleted_stacks[stack.stack_id] = backend.stacks.pop(stack.stack_id)


def create_change_set(backend, make=models.CloudFormationBackend.create_change_set, **words):
    """One that is refused leaves no stack."""
    before = dict(backend.stacks)
    try:
        return make(backend, **words)
    except ValidationError:
        backend.stacks.clear()
        backend.stacks.update(before)
        raise


def protect(response):
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    stack.enable_termination_protection = response._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def zone_id(**_):
    return "Z" + mock_random.get_random_string(length=20).upper()


def fill_gaps():
    # moto looks through all its folders for each request.
    DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    functions.ATTRIBUTES["of"] = attribute_of
    parsing.clean_json = evaluated
    parsing.resource_class_from_type = model_of
    parsing.parse_output = output_of
    models.ResourceMap = WholeResources
    models.Stack.parse_template = staticmethod(lambda text: transformed(text, {}))
    models.Stack.has_template = lambda stack, text: stack.template == text
    models.Stack.stack_parameters = property(
        lambda stack: {**stack.resource_map.resolved_parameters, **stack.resource_map.input_parameters})
    models.CloudFormationBackend.create_change_set = create_change_set
    models.CloudFormationBackend.delete_stack = delete_stack
    responses.get_stack_from_s3_url = template_of
    route53.create_route53_zone_id = zone_id
    responses.CloudFormationResponse.update_termination_protection = protect
    # A change set without changes is made, and fails.
    responses.CloudFormationResponse._validate_different_update = lambda *_: None
    # moto's own forgets the weights of target groups.
    ELBv2Backend.convert_and_validate_properties = lambda backend, properties: properties["DefaultActions"]
    models.Stack.has_parameters = has_parameters
    models.Stack.parameter_list = property(parameters_of)
    models.ChangeSet._parse_template = parse_change_set
    models.ChangeSet.diff = changes_of
    models.ChangeSet.apply = apply_change_set
    SimpleSystemManagerBackend.get_parameter = parameter_of


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    fill_gaps()
    main()

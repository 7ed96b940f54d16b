"""A stack's resources in moto: made in the order of their dependencies, changed, and deleted in the other order. What
moto has no model of is played as moto_gaps.py says, and what a template names without there being such a thing is
refused, in CloudFormation's words. whole_moto.py serves it.
"""

import contextlib
import hashlib
import re
import traceback

import moto_gaps
import template_functions as functions
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from moto.backends import get_backend
from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.core.common_models import CloudFormationModel


def refused(message):
    return ValidationError(message=message)


def schema_of(resource_type):
    try:
        return PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type)
    except Exception:
        raise refused(f"Template format error: Unrecognized resource types: [{resource_type}]") from None


ALARM = "AWS::CloudWatch::Alarm"
FUNCTION_ALIAS = "AWS::Lambda::Alias"
NAMED_SERVICE = "AWS::ServiceDiscovery::Service"
EGRESS_GATEWAY = "AWS::EC2::EgressOnlyInternetGateway"


class Played(CloudFormationModel):
    """A resource that moto has no model of."""

    __module__ = "moto.played"  # moto counts instances by the service of its own modules
    resource_type = "?"

    def __init__(self, logical_id, properties, account, region, stack_id):
        self.properties = properties
        stack = stack_id.split("/")[1]
        text = {name: value for name, value in properties.items() if isinstance(value, str)}
        self.words = {**text, "id": logical_id, "name": f"{stack}-{logical_id}", "account": account, "region": region,
                      "hash": hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:10]}
        self.physical_resource_id = moto_gaps.TYPES[self.resource_type][1].format(**self.words)
        if self.resource_type == EGRESS_GATEWAY:  # moto's routes look for it
            backend = parsing.ec2_models.ec2_backends[account][region]
            self.physical_resource_id = backend.create_egress_only_internet_gateway(properties["VpcId"]).id
        if self.resource_type == ALARM:  # which `wsdeep status` counts
            get_backend("cloudwatch")[account][region].put_metric_alarm(
                self.physical_resource_id, "", "", properties["ComparisonOperator"], properties["EvaluationPeriods"], 60, 1,
                "Sum", properties.get("AlarmDescription", ""), [], properties.get("AlarmActions", []))
        if self.resource_type == NAMED_SERVICE:  # which holds who is registered
            self.physical_resource_id = get_backend("servicediscovery")[account][region].create_service(
                properties["Name"], properties["NamespaceId"], "", "", properties.get("DnsConfig", {}), {}, {}, [], "").id
        if self.resource_type == FUNCTION_ALIAS:  # moto's permissions look for it
            backend, function = get_backend("lambda")[account][region], properties["FunctionName"]
            published = str(backend.publish_version(function).version)
            backend.create_alias(properties["Name"], function, published, "", None)

    @classmethod
    def cloudformation_type(cls):
        return cls.resource_type

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr in schema_of(cls.resource_type).get_atts

    def get_cfn_attribute(self, attribute):
        raise UnformattedGetAttTemplateException()

    @classmethod
    def create_from_cloudformation_json(cls, name, document, account, region, **more):
        return cls(more["LogicalId"], document["Properties"], account, region, more["StackId"])

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, **more):
        return original_resource

    def delete(self, account, region):
        if self.resource_type == ALARM:
            get_backend("cloudwatch")[account][region].delete_alarms([self.physical_resource_id])

    def is_created(self):
        return True


PLAYED = {name: type("Played", (Played,), {"resource_type": name, "__module__": "moto.played"}) for name in moto_gaps.TYPES}


def model_of(resource_type):
    schema_of(resource_type)
    found = PLAYED.get(resource_type) or parsing.get_model_map().get(resource_type)
    if found is None:
        raise refused(f"moto has no model of {resource_type}, and moto_gaps.py does not play it")
    return found


def attribute_of(resource, attribute):
    kind = resource.cf_resource_type
    if attribute not in schema_of(kind).get_atts:
        raise refused(f"Template error: resource {resource.logical_resource_id} does not support attribute type "
                      f"{attribute} in Fn::GetAtt")
    if (kind, attribute) in moto_gaps.ATTRIBUTES:
        value = moto_gaps.ATTRIBUTES[kind, attribute][1]
        if callable(value):
            return value(resource.physical_resource_id)
        return value if isinstance(value, list) else value.format(**getattr(resource, "words", {}))
    try:
        return resource.get_cfn_attribute(attribute)
    except (UnformattedGetAttTemplateException, NotImplementedError, AttributeError):
        raise refused(f"moto has no attribute {attribute} of {kind}, and moto_gaps.py does not play it") from None


class WholeResources(parsing.ResourceMap):
    """A stack's resources: made in the order of their dependencies, told of by events, taken away in the other order."""

    def __init__(self, *words, **named_words):
        super().__init__(*words, **named_words)
        partition = parsing.get_partition(self._region_name)
        self._parsed_resources["AWS::Partition"] = partition
        self._parsed_resources["AWS::URLSuffix"] = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"

    def load(self):
        check(self._template, self.input_parameters) if self._template else None
        self.load_mapping()
        self.load_parameters()
        self.load_conditions()

    def load_conditions(self):
        self.lazy_condition_map = Conditions(self._template.get("Conditions", {}), self)

    def wanted(self):
        """What the conditions leave of the template's resources."""
        resources = self._template.get("Resources", {})
        return {name: one for name, one in resources.items() if self.holds(name, one)}

    def holds(self, name, resource):
        if "Condition" not in resource:
            return True
        with owner(name):
            return functions.condition(resource["Condition"], self)

    def made(self):
        return {name for name, one in self._parsed_resources.items() if hasattr(one, "logical_resource_id")}

    def create(self, template):
        self.update(template, self.input_parameters)
        return True

    def update(self, template, parameters=None):
        self._template, self._resource_json_map = template, template["Resources"]
        self.input_parameters = self.input_parameters if parameters is None else parameters
        self.load()
        wanted = self.wanted()
        for name in creation_order(wanted):
            with owner(name), named(name):
                self.bring(name, wanted[name])
        for name in [name for name in reversed(list(self.properties())) if name not in wanted]:
            self.remove(name)

    def properties(self):
        """Logical id → the resource's document as evaluated last, in the order of creation."""
        return self.__dict__.setdefault("_properties", {})

    def bring(self, name, resource):
        self.check_dependencies(name, resource)
        document = functions.evaluate(resource, self)
        before = self.properties().get(name)
        if before is None:
            self.tell(name, resource, "CREATE_IN_PROGRESS")
            self[name]
            self.tag(name)
            self.tell(name, resource, "CREATE_COMPLETE")
        elif before != document:
            self.tell(name, resource, "UPDATE_IN_PROGRESS")
            self.change(name, resource)
            self.tell(name, resource, "UPDATE_COMPLETE")
        self.properties()[name] = document

    def check_dependencies(self, name, resource):
        for other in functions.dependencies_of(resource):
            functions.executed("DependsOn", other)
            if other in self.wanted() and other not in self.made():
                raise refused(f"{name} depends on {other}, which is not there")

    def change(self, name, resource):
        changed = parsing.parse_and_update_resource(name, resource, self, self._account_id, self._region_name)
        if changed is not None:  # moto cannot change every type
            self._parsed_resources[name] = changed

    def tag(self, name):
        if isinstance(self[name], parsing.TaggedEC2Resource):
            tags = {**self.tags, "aws:cloudformation:stack-name": self["AWS::StackName"]}
            backend = parsing.ec2_models.ec2_backends[self._account_id][self._region_name]
            backend.create_tags([self[name].physical_resource_id], tags)

    def remove(self, name):
        resource, document = self._parsed_resources[name], self.properties().pop(name)
        self.tell(name, document, "DELETE_IN_PROGRESS")
        with named(name):
            self.take_away(resource, document)
        self.tell(name, document, "DELETE_COMPLETE")
        del self._parsed_resources[name]

    def take_away(self, resource, document):
        how = moto_gaps.DELETIONS.get(document["Type"])
        if how is None:
            self._delete_resource(resource, document)
        else:
            how(lambda service: get_backend(service)[self._account_id][self._region_name], resource)

    def delete(self):
        for name, document in reversed(list(self.properties().items())):
            if document.get("DeletionPolicy", "Delete") == "Delete":
                self.remove(name)
            else:
                self.tell(name, document, "DELETE_SKIPPED")

    def tell(self, name, document, status):
        stack = models.cloudformation_backends[self._account_id][self._region_name].stacks[self.stack_id]
        made = self._parsed_resources.get(name)
        stack.events.append(models.Event(
            stack_id=self.stack_id, stack_name=stack.name, logical_resource_id=name, resource_type=document["Type"],
            physical_resource_id=getattr(made, "physical_resource_id", ""), resource_status=status,
            resource_status_reason=None, resource_properties=None))

    def plan(self, template, parameters):
        """Action → the resources that a change set with this template would have it for."""
        after = WholeResources(self.stack_id, self["AWS::StackName"], parameters, {}, self._region_name,
                               self._account_id, template, None)
        after.load()
        wanted, made = after.wanted(), self.made()
        known = {**self.resolved_parameters, **self.input_parameters}
        moved = {name for name in parameters if known.get(name) != parameters[name]}
        return {"Add": [name for name in wanted if name not in made],
                "Modify": [name for name in wanted if name in made and self.differs(name, wanted[name], moved)],
                "Remove": [name for name in made if name not in wanted]}

    def differs(self, name, resource, moved):
        referred = {line.split()[2] for line in functions.expressions_in(resource, name)}
        return resource != self._resource_json_map.get(name) or bool(moved & referred)


class Conditions(dict):
    """Name → whether it holds, found when it is asked for."""

    def __init__(self, conditions, names):
        super().__init__(conditions)
        self.names, self.known = names, {}

    def __getitem__(self, name):
        if name not in self.known:
            self.known[name] = functions.evaluate(dict.__getitem__(self, name), self.names)
        return self.known[name]

    def get(self, name, default=None):
        return self[name] if name in self else default


@contextlib.contextmanager
def owner(name):
    token = functions.OWNER.set(name)
    try:
        yield
    finally:
        functions.OWNER.reset(token)


@contextlib.contextmanager
def named(name):
    """What fails inside is told as CloudFormation's, with the resource's name."""
    try:
        yield
    except Exception as fault:
        if isinstance(fault, ValidationError):
            raise
        traceback.print_exc()
        raise refused(f"resource {name}: {type(fault).__name__}: {fault}") from fault


def creation_order(resources):
    """Every resource after those that it refers to or depends on."""
    order, open_ones = [], []

    def visit(name):
        if name in open_ones:
            raise refused(f"Circular dependency between resources: [{', '.join(open_ones[open_ones.index(name):])}]")
        if name in order or name not in resources:
            return
        open_ones.append(name)
        for line in sorted(set(functions.expressions_in(resources[name], name))):
            visit(line.split()[2].split(".")[0])
        for other in functions.dependencies_of(resources[name]):
            visit(other)
        open_ones.pop()
        order.append(name)

    for name in resources:
        visit(name)
    return order


def check(template, parameters):
    """Refuses what CloudFormation refuses before it makes anything."""
    expressions = sorted(functions.expressions_of(template))
    functions.wanted(expressions)
    known = {*functions.PSEUDO, *template["Resources"], *template.get("Parameters", {})}
    for line in expressions:
        place, kind, argument = line.split()
        check_expression(template, known, place, kind, argument)
    for name, parameter in template.get("Parameters", {}).items():
        check_parameter(name, parameter, parameters.get(name, parameter.get("Default")))
    for resource in template["Resources"].values():
        model_of(resource["Type"])


def check_expression(template, known, place, kind, argument):
    section = "Outputs" if place.startswith("output:") else "Resources"
    if kind == "Condition" and argument not in template.get("Conditions", {}):
        raise refused(f"Template format error: Unresolved condition dependency {argument} in {place}")
    if kind in ("Ref", "DependsOn") and argument not in known:
        raise refused(f"Template format error: Unresolved resource dependencies [{argument}] in the {section} block "
                      "of the template")
    if kind == "GetAtt":
        name, attribute = argument.split(".", 1)
        if name not in template["Resources"]:
            raise refused(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
        if attribute not in schema_of(template["Resources"][name]["Type"]).get_atts:
            raise refused(f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt")


def check_parameter(name, parameter, value):
    if value is None:
        raise refused(f"Parameters: [{name}] must have values")
    pattern = parameter.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, str(value)):
        raise refused(f"Parameter {name} failed to satisfy constraint: must match pattern {pattern}")
    if "AllowedValues" in parameter and str(value) not in map(str, parameter["AllowedValues"]):
        raise refused(f"Parameter '{name}' must be one of AllowedValues")


def evaluated(node, names):
    try:
        return functions.evaluate(node, names)
    except functions.TemplateFault as fault:
        raise refused(str(fault)) from None

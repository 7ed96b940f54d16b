"""What moto 5.2 lacks of CloudFormation's resources, and how whole_moto.py plays it: one line a type or attribute, and why.

Whether a type or an attribute exists at all is not decided here, but by the schemas of CloudFormation's registry that
cfn-lint carries: a line for what does not exist is refused.
"""

import json
import pathlib

NO_MODEL = "moto has the service's API, but no model of it for templates"
NOT_PLAYED = "moto does not have the service"

# Type → (why, what Ref gives). `{id}` is the logical id, `{name}` the stack's name and the logical id, `{hash}` ten hex
# digits of both.
TYPES = {
    "AWS::ApiGateway::Account": (NO_MODEL, "{id}"),
    "AWS::ApiGatewayV2::Api": (NO_MODEL, "{hash}"),
    "AWS::ApiGatewayV2::ApiMapping": (NO_MODEL, "{hash}"),
    "AWS::ApiGatewayV2::Authorizer": (NO_MODEL, "{hash}"),
    "AWS::ApiGatewayV2::Deployment": (NO_MODEL, "{hash}"),
    "AWS::ApiGatewayV2::DomainName": (NO_MODEL, "{DomainName}"),
    "AWS::ApiGatewayV2::Integration": (NO_MODEL, "{hash}"),
    "AWS::ApiGatewayV2::Route": (NO_MODEL, "{hash}"),
    "AWS::ApiGatewayV2::RouteResponse": (NO_MODEL, "{hash}"),
    "AWS::ApiGatewayV2::Stage": (NO_MODEL, "{StageName}"),
    "AWS::ApiGatewayV2::VpcLink": (NO_MODEL, "{hash}"),
    "AWS::AutoScaling::ScalingPolicy": (NO_MODEL, "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{hash}"),
    "AWS::AutoScaling::WarmPool": (NO_MODEL, "{AutoScalingGroupName}"),
    "AWS::Budgets::Budget": (NO_MODEL, "{name}"),
    "AWS::CloudFront::Distribution": (NO_MODEL, "E{hash}"),
    "AWS::CloudFront::OriginAccessControl": (NO_MODEL, "E{hash}"),
    "AWS::CloudFront::ResponseHeadersPolicy": (NO_MODEL, "{hash}"),
    "AWS::CloudWatch::Alarm": (NO_MODEL, "{name}"),
    "AWS::CodeDeploy::Application": (NO_MODEL, "{name}"),
    "AWS::CodeDeploy::DeploymentConfig": (NO_MODEL, "{name}"),
    "AWS::CodeDeploy::DeploymentGroup": (NO_MODEL, "{name}"),
    "AWS::Cognito::UserPool": (NO_MODEL, "{region}_{hash}"),
    "AWS::Cognito::UserPoolClient": (NO_MODEL, "{hash}client"),
    "AWS::Cognito::UserPoolDomain": (NO_MODEL, "{Domain}"),
    "AWS::Cognito::UserPoolGroup": (NO_MODEL, "{GroupName}"),
    "AWS::Cognito::UserPoolIdentityProvider": (NO_MODEL, "{ProviderName}"),
    "AWS::EC2::EgressOnlyInternetGateway": (NO_MODEL, "eigw-{hash}"),
    "AWS::EC2::VPCCidrBlock": (NO_MODEL, "vpc-cidr-assoc-{hash}"),
    "AWS::EC2::SecurityGroupEgress": (NO_MODEL, "sgr-{hash}"),
    "AWS::ElastiCache::ReplicationGroup": (NO_MODEL, "{name}"),
    "AWS::ElastiCache::SubnetGroup": (NO_MODEL, "{name}"),
    "AWS::Lambda::Alias": (NO_MODEL, "arn:aws:lambda:{region}:{account}:function:{FunctionName}:{Name}"),
    "AWS::Lambda::EventInvokeConfig": (NO_MODEL, "{FunctionName}|$LATEST"),
    "AWS::Lambda::Url": (NO_MODEL, "arn:aws:lambda:{region}:{account}:function:{name}"),
    "AWS::Lambda::Version": (
        "what Ref gives of moto's model fails", "arn:aws:lambda:{region}:{account}:function:{FunctionName}:1"),
    "AWS::Logs::MetricFilter": (NO_MODEL, "{name}"),
    "AWS::S3::BucketPolicy": (NO_MODEL, "{Bucket}"),
    "AWS::SecretsManager::Secret": (NO_MODEL, "arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf"),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": (NO_MODEL, "ns-{hash}"),
    "AWS::ServiceDiscovery::Service": (NO_MODEL, "srv-{hash}"),
}

# (type, attribute) → (why, its value, or how it follows from what Ref gives)
ATTRIBUTES = {
    ("AWS::ApiGatewayV2::DomainName", "RegionalDomainName"): (NO_MODEL, "d-{hash}.execute-api.{region}.amazonaws.com"),
    ("AWS::ApiGatewayV2::DomainName", "RegionalHostedZoneId"): (NO_MODEL, "Z{hash}"),
    ("AWS::CloudFront::Distribution", "DomainName"): (NO_MODEL, "d{hash}.cloudfront.net"),
    ("AWS::CloudFront::OriginAccessControl", "Id"): (NO_MODEL, lambda ref: ref),
    ("AWS::EC2::VPC", "Ipv6CidrBlocks"): (
        "moto does not play AWS::EC2::VPCCidrBlock", ["2600:1f16:abc:de00::/56"]),
    ("AWS::ElastiCache::ReplicationGroup", "PrimaryEndPoint.Address"): (NO_MODEL, "master.{hash}.cache.amazonaws.com"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "CanonicalHostedZoneID"): (
        "moto does not play it", "Z35SXDOTRQ7X7K"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName"): (
        "moto does not play it", lambda ref: ref.split(":loadbalancer/")[1]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName"): (
        "moto does not play it", lambda ref: ref.split(":")[-1]),
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", "HostedZoneId"): (NO_MODEL, "Z{hash}"),
    ("AWS::ServiceDiscovery::Service", "Arn"): (
        NO_MODEL, lambda ref: f"arn:aws:servicediscovery:us-east-1:123456789012:service/{ref}"),
    ("AWS::Lambda::Url", "FunctionUrl"): (NO_MODEL, "https://{hash}.lambda-url.{region}.on.aws/"),
    ("AWS::Lambda::Version", "Version"): ("moto does not play it", lambda ref: ref.split(":")[-1]),
}

# Type → how what moto's model makes, and never takes away, is deleted: `backend` gives moto's for a service.
DELETIONS = {
    "AWS::EC2::EIP": lambda backend, one: backend("ec2").release_address(None, one.allocation_id),
    "AWS::EC2::InternetGateway": lambda backend, one: backend("ec2").delete_internet_gateway(one.id),
    "AWS::EC2::NatGateway": lambda backend, one: backend("ec2").delete_nat_gateway(one.id),
    "AWS::EC2::RouteTable": lambda backend, one: backend("ec2").delete_route_table(one.id),
    "AWS::EC2::SubnetRouteTableAssociation": lambda backend, one: disassociate(backend("ec2"), one),
    "AWS::EC2::VPCEndpoint": lambda backend, one: backend("ec2").delete_vpc_endpoints([one.id]),
    "AWS::EC2::VPCGatewayAttachment": lambda backend, one: backend("ec2").detach_internet_gateway(
        one.gateway_id, one.vpc_id),
    "AWS::ElasticLoadBalancingV2::Listener": lambda backend, one: backend("elbv2").delete_listener(one.arn),
    "AWS::ElasticLoadBalancingV2::TargetGroup": lambda backend, one: backend("elbv2").delete_target_group(one.arn),
    "AWS::ServiceDiscovery::Service": lambda backend, one: delete_service(backend("servicediscovery"), one),
}


def delete_service(names, one):
    """As Cloud Map says it, which moto deletes whatever it holds."""
    if names.get_service(one.physical_resource_id).instances:
        raise ValueError("ResourceInUse: Service contains registered instances; delete the instances before deleting the "
                         "service")
    names.delete_service(one.physical_resource_id)


def disassociate(ec2, association):
    for name, subnet in list(ec2.get_route_table(association.route_table_id)._associations.items()):
        if subnet == association.subnet_id:
            ec2.disassociate_route_table(name)


# SSM parameters that AWS publishes (moto knows some others): they name the image of images.json.
PUBLIC_IMAGES = "/aws/service/deeplearning/"
IMAGE = json.loads(pathlib.Path(__file__).with_name("images.json").read_text())[0]["ami_id"]

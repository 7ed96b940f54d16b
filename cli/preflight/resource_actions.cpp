#include <array>

#include "preflight/calls.h"

namespace wsdeep::preflight {
namespace {

constexpr std::string_view kApiActions =
    "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT";
constexpr std::string_view kRouteActions = "ec2:CreateRoute ec2:DeleteRoute ec2:ReplaceRoute ec2:DescribeRouteTables";

constexpr std::array kResources{
    ResourceActions{"AWS::ApiGateway::Account", "apigateway:GET apigateway:PATCH", On::kApiAccount},
    ResourceActions{"AWS::ApiGatewayV2::Api", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::ApiMapping", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::Authorizer", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::Deployment", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::DomainName", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::Integration", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::Route", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::RouteResponse", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::Stage", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::VpcLink", kApiActions, On::kApis},
    ResourceActions{"AWS::ApiGatewayV2::VpcLink", "iam:CreateServiceLinkedRole"},
    ResourceActions{"AWS::AutoScaling::AutoScalingGroup",
                    "autoscaling:AttachLoadBalancerTargetGroups autoscaling:CreateAutoScalingGroup "
                    "autoscaling:CreateOrUpdateTags autoscaling:DeleteAutoScalingGroup autoscaling:DeleteLifecycleHook "
                    "autoscaling:DeleteTags autoscaling:DetachLoadBalancerTargetGroups "
                    "autoscaling:DisableMetricsCollection autoscaling:EnableMetricsCollection "
                    "autoscaling:PutLifecycleHook autoscaling:ResumeProcesses autoscaling:SuspendProcesses "
                    "autoscaling:TerminateInstanceInAutoScalingGroup autoscaling:UpdateAutoScalingGroup",
                    On::kGroups},
    ResourceActions{"AWS::AutoScaling::AutoScalingGroup",
                    "autoscaling:DescribeAutoScalingGroups autoscaling:DescribeAutoScalingInstances "
                    "autoscaling:DescribeLifecycleHooks autoscaling:DescribeLoadBalancerTargetGroups "
                    "autoscaling:DescribeScalingActivities autoscaling:DescribeTags ec2:RunInstances "
                    "iam:CreateServiceLinkedRole"},
    ResourceActions{"AWS::AutoScaling::ScalingPolicy", "autoscaling:DeletePolicy autoscaling:PutScalingPolicy",
                    On::kGroups},
    ResourceActions{"AWS::AutoScaling::ScalingPolicy", "autoscaling:DescribePolicies"},
    ResourceActions{"AWS::AutoScaling::ScheduledAction",
                    "autoscaling:DeleteScheduledAction autoscaling:PutScheduledUpdateGroupAction", On::kGroups},
    ResourceActions{"AWS::AutoScaling::ScheduledAction", "autoscaling:DescribeScheduledActions"},
    ResourceActions{"AWS::AutoScaling::WarmPool", "autoscaling:DeleteWarmPool autoscaling:PutWarmPool", On::kGroups},
    ResourceActions{"AWS::AutoScaling::WarmPool", "autoscaling:DescribeWarmPool"},
    ResourceActions{"AWS::Budgets::Budget", "budgets:ModifyBudget budgets:ViewBudget"},
    ResourceActions{"AWS::CloudFront::Distribution",
                    "cloudfront:CreateDistribution cloudfront:DeleteDistribution cloudfront:GetDistribution "
                    "cloudfront:ListTagsForResource cloudfront:TagResource cloudfront:UntagResource "
                    "cloudfront:UpdateDistribution"},
    ResourceActions{"AWS::CloudFront::OriginAccessControl",
                    "cloudfront:CreateOriginAccessControl cloudfront:DeleteOriginAccessControl "
                    "cloudfront:GetOriginAccessControl cloudfront:UpdateOriginAccessControl"},
    ResourceActions{"AWS::CloudFront::ResponseHeadersPolicy",
                    "cloudfront:CreateResponseHeadersPolicy cloudfront:DeleteResponseHeadersPolicy "
                    "cloudfront:GetResponseHeadersPolicy cloudfront:UpdateResponseHeadersPolicy"},
    ResourceActions{"AWS::CloudWatch::Alarm",
                    "cloudwatch:DeleteAlarms cloudwatch:ListTagsForResource cloudwatch:PutMetricAlarm "
                    "cloudwatch:TagResource cloudwatch:UntagResource",
                    On::kAlarms},
    ResourceActions{"AWS::CloudWatch::Alarm", "cloudwatch:DescribeAlarms"},
    ResourceActions{"AWS::CloudWatch::Dashboard",
                    "cloudwatch:DeleteDashboards cloudwatch:GetDashboard cloudwatch:PutDashboard"},
    ResourceActions{"AWS::CodeDeploy::DeploymentConfig",
                    "codedeploy:CreateDeploymentConfig codedeploy:DeleteDeploymentConfig "
                    "codedeploy:GetDeploymentConfig"},
    ResourceActions{"AWS::Cognito::UserPool", "cognito-idp:CreateUserPool"},
    ResourceActions{"AWS::Cognito::UserPool",
                    "cognito-idp:DeleteUserPool cognito-idp:DescribeUserPool cognito-idp:GetUserPoolMfaConfig "
                    "cognito-idp:ListTagsForResource cognito-idp:SetUserPoolMfaConfig cognito-idp:TagResource "
                    "cognito-idp:UntagResource cognito-idp:UpdateUserPool",
                    On::kPools},
    ResourceActions{"AWS::Cognito::UserPoolClient",
                    "cognito-idp:CreateUserPoolClient cognito-idp:DeleteUserPoolClient "
                    "cognito-idp:DescribeUserPoolClient cognito-idp:UpdateUserPoolClient",
                    On::kPools},
    ResourceActions{"AWS::Cognito::UserPoolDomain", "cognito-idp:CreateUserPoolDomain cognito-idp:DeleteUserPoolDomain",
                    On::kPools},
    ResourceActions{"AWS::Cognito::UserPoolDomain", "cognito-idp:DescribeUserPoolDomain"},
    ResourceActions{"AWS::Cognito::UserPoolGroup",
                    "cognito-idp:CreateGroup cognito-idp:DeleteGroup cognito-idp:GetGroup cognito-idp:UpdateGroup",
                    On::kPools},
    ResourceActions{"AWS::Cognito::UserPoolIdentityProvider",
                    "cognito-idp:CreateIdentityProvider cognito-idp:DeleteIdentityProvider "
                    "cognito-idp:DescribeIdentityProvider cognito-idp:UpdateIdentityProvider",
                    On::kPools},
    ResourceActions{"AWS::Cognito::UserPoolIdentityProvider", "secretsmanager:GetSecretValue", On::kSecret},
    ResourceActions{"AWS::DynamoDB::Table",
                    "dynamodb:CreateTable dynamodb:DeleteTable dynamodb:DescribeContinuousBackups "
                    "dynamodb:DescribeTable dynamodb:DescribeTimeToLive dynamodb:ListTagsOfResource "
                    "dynamodb:TagResource dynamodb:UntagResource dynamodb:UpdateContinuousBackups "
                    "dynamodb:UpdateTable dynamodb:UpdateTimeToLive",
                    On::kTables},
    ResourceActions{"AWS::EC2::EIP",
                    "ec2:AllocateAddress ec2:CreateTags ec2:DeleteTags ec2:DescribeAddresses ec2:ReleaseAddress"},
    ResourceActions{"AWS::EC2::EgressOnlyInternetGateway",
                    "ec2:CreateEgressOnlyInternetGateway ec2:DeleteEgressOnlyInternetGateway "
                    "ec2:DescribeEgressOnlyInternetGateways"},
    ResourceActions{"AWS::EC2::InternetGateway",
                    "ec2:CreateInternetGateway ec2:DeleteInternetGateway ec2:DescribeInternetGateways"},
    ResourceActions{"AWS::EC2::LaunchTemplate",
                    "ec2:CreateLaunchTemplate ec2:CreateLaunchTemplateVersion ec2:CreateTags ec2:DeleteLaunchTemplate "
                    "ec2:DescribeImages ec2:DescribeLaunchTemplateVersions ec2:DescribeLaunchTemplates "
                    "ssm:GetParameters"},
    ResourceActions{"AWS::EC2::NatGateway", "ec2:CreateNatGateway ec2:DeleteNatGateway ec2:DescribeNatGateways"},
    ResourceActions{"AWS::EC2::Route", kRouteActions},
    ResourceActions{"AWS::EC2::RouteTable", "ec2:CreateRouteTable ec2:DeleteRouteTable ec2:DescribeRouteTables"},
    ResourceActions{"AWS::EC2::SecurityGroup",
                    "ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress ec2:CreateSecurityGroup "
                    "ec2:DeleteSecurityGroup ec2:DescribeSecurityGroups ec2:RevokeSecurityGroupEgress "
                    "ec2:RevokeSecurityGroupIngress"},
    ResourceActions{"AWS::EC2::SecurityGroupEgress",
                    "ec2:AuthorizeSecurityGroupEgress ec2:DescribeSecurityGroupRules "
                    "ec2:RevokeSecurityGroupEgress"},
    ResourceActions{"AWS::EC2::SecurityGroupIngress",
                    "ec2:AuthorizeSecurityGroupIngress ec2:DescribeSecurityGroupRules "
                    "ec2:RevokeSecurityGroupIngress"},
    ResourceActions{"AWS::EC2::Subnet",
                    "ec2:CreateSubnet ec2:DeleteSubnet ec2:DescribeAvailabilityZones ec2:DescribeSubnets "
                    "ec2:ModifySubnetAttribute"},
    ResourceActions{"AWS::EC2::SubnetRouteTableAssociation",
                    "ec2:AssociateRouteTable ec2:DisassociateRouteTable ec2:ReplaceRouteTableAssociation"},
    ResourceActions{"AWS::EC2::VPC",
                    "ec2:CreateVpc ec2:DeleteVpc ec2:DescribeVpcAttribute ec2:DescribeVpcs ec2:ModifyVpcAttribute"},
    ResourceActions{"AWS::EC2::VPCCidrBlock", "ec2:AssociateVpcCidrBlock ec2:DisassociateVpcCidrBlock"},
    ResourceActions{"AWS::EC2::VPCEndpoint",
                    "ec2:CreateVpcEndpoint ec2:DeleteVpcEndpoints ec2:DescribeVpcEndpoints ec2:ModifyVpcEndpoint"},
    ResourceActions{"AWS::EC2::VPCGatewayAttachment", "ec2:AttachInternetGateway ec2:DetachInternetGateway"},
    ResourceActions{"AWS::ElastiCache::ReplicationGroup",
                    "elasticache:AddTagsToResource elasticache:CreateReplicationGroup "
                    "elasticache:DeleteReplicationGroup elasticache:ListTagsForResource "
                    "elasticache:ModifyReplicationGroup elasticache:RemoveTagsFromResource",
                    On::kCaches},
    ResourceActions{"AWS::ElastiCache::ReplicationGroup", "elasticache:Describe* iam:CreateServiceLinkedRole"},
    ResourceActions{"AWS::ElastiCache::SubnetGroup",
                    "elasticache:AddTagsToResource elasticache:CreateCacheSubnetGroup "
                    "elasticache:DeleteCacheSubnetGroup elasticache:ModifyCacheSubnetGroup",
                    On::kCaches},
    ResourceActions{"AWS::ElastiCache::SubnetGroup", "elasticache:Describe*"},
    ResourceActions{"AWS::ElasticLoadBalancingV2::Listener",
                    "elasticloadbalancing:CreateListener elasticloadbalancing:DeleteListener "
                    "elasticloadbalancing:DescribeListeners elasticloadbalancing:ModifyListener"},
    ResourceActions{"AWS::ElasticLoadBalancingV2::LoadBalancer",
                    "elasticloadbalancing:AddTags elasticloadbalancing:CreateLoadBalancer "
                    "elasticloadbalancing:DeleteLoadBalancer elasticloadbalancing:DescribeLoadBalancerAttributes "
                    "elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeTags "
                    "elasticloadbalancing:ModifyLoadBalancerAttributes elasticloadbalancing:RemoveTags "
                    "elasticloadbalancing:SetSecurityGroups elasticloadbalancing:SetSubnets"},
    ResourceActions{"AWS::ElasticLoadBalancingV2::TargetGroup",
                    "elasticloadbalancing:CreateTargetGroup elasticloadbalancing:DeleteTargetGroup "
                    "elasticloadbalancing:DescribeTargetGroupAttributes elasticloadbalancing:DescribeTargetGroups "
                    "elasticloadbalancing:ModifyTargetGroup elasticloadbalancing:ModifyTargetGroupAttributes"},
    ResourceActions{"AWS::IAM::InstanceProfile",
                    "iam:AddRoleToInstanceProfile iam:CreateInstanceProfile iam:DeleteInstanceProfile "
                    "iam:GetInstanceProfile iam:RemoveRoleFromInstanceProfile",
                    On::kRoles},
    ResourceActions{"AWS::IAM::Role",
                    "iam:AttachRolePolicy iam:CreateRole iam:DeleteRole iam:DeleteRolePolicy iam:DetachRolePolicy "
                    "iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies iam:PassRole "
                    "iam:PutRolePolicy iam:TagRole iam:UntagRole iam:UpdateAssumeRolePolicy iam:UpdateRole",
                    On::kRoles},
    ResourceActions{"AWS::Lambda::Permission", "lambda:AddPermission lambda:GetPolicy lambda:RemovePermission",
                    On::kFunctions},
    ResourceActions{"AWS::Lambda::Url",
                    "lambda:CreateFunctionUrlConfig lambda:DeleteFunctionUrlConfig lambda:GetFunctionUrlConfig "
                    "lambda:UpdateFunctionUrlConfig",
                    On::kFunctions},
    ResourceActions{"AWS::Logs::LogGroup",
                    "logs:CreateLogGroup logs:DeleteLogGroup logs:DeleteRetentionPolicy "
                    "logs:ListTagsForResource logs:PutRetentionPolicy logs:TagResource logs:UntagResource",
                    On::kLogGroups},
    ResourceActions{"AWS::Logs::LogGroup", "logs:DescribeLogGroups"},
    ResourceActions{"AWS::Logs::MetricFilter",
                    "logs:DeleteMetricFilter logs:DescribeMetricFilters logs:PutMetricFilter", On::kLogGroups},
    ResourceActions{"AWS::Route53::HostedZone",
                    "ec2:DescribeVpcs route53:AssociateVPCWithHostedZone route53:CreateHostedZone "
                    "route53:DeleteHostedZone route53:DisassociateVPCFromHostedZone route53:GetChange "
                    "route53:GetHostedZone route53:ListQueryLoggingConfigs route53:ListTagsForResource"},
    ResourceActions{"AWS::Route53::RecordSet",
                    "route53:ChangeResourceRecordSets route53:GetChange route53:GetHostedZone "
                    "route53:ListResourceRecordSets"},
    ResourceActions{"AWS::S3::BucketPolicy", "s3:DeleteBucketPolicy s3:GetBucketPolicy s3:PutBucketPolicy",
                    On::kBucket},
    ResourceActions{"AWS::SNS::Topic",
                    "sns:CreateTopic sns:DeleteTopic sns:GetTopicAttributes sns:ListSubscriptionsByTopic "
                    "sns:ListTagsForResource sns:SetTopicAttributes sns:Subscribe sns:TagResource sns:UntagResource",
                    On::kTopics},
    ResourceActions{"AWS::SNS::Topic", "sns:Unsubscribe"},
    ResourceActions{"AWS::SQS::Queue",
                    "sqs:CreateQueue sqs:DeleteQueue sqs:GetQueueAttributes sqs:ListQueueTags sqs:SetQueueAttributes "
                    "sqs:TagQueue sqs:UntagQueue",
                    On::kQueues},
    ResourceActions{"AWS::SecretsManager::Secret",
                    "secretsmanager:CreateSecret secretsmanager:DeleteSecret secretsmanager:DescribeSecret "
                    "secretsmanager:GetSecretValue secretsmanager:TagResource secretsmanager:UntagResource "
                    "secretsmanager:UpdateSecret",
                    On::kOwnSecrets},
    ResourceActions{"AWS::SecretsManager::Secret", "secretsmanager:GetRandomPassword"},
    ResourceActions{"AWS::Serverless::Function",
                    "lambda:CreateFunction lambda:DeleteFunction lambda:DeleteFunctionConcurrency "
                    "lambda:DeleteFunctionEventInvokeConfig lambda:GetFunction lambda:GetFunctionCodeSigningConfig "
                    "lambda:GetFunctionConfiguration lambda:GetFunctionEventInvokeConfig "
                    "lambda:GetRuntimeManagementConfig lambda:ListTags lambda:PutFunctionConcurrency "
                    "lambda:PutFunctionEventInvokeConfig lambda:TagResource lambda:UntagResource "
                    "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration "
                    "lambda:UpdateFunctionEventInvokeConfig",
                    On::kFunctions},
    // What SAM makes of a function with a canary: versions, an alias, and CodeDeploy's application and groups.
    ResourceActions{"AWS::Serverless::Function",
                    "lambda:CreateAlias lambda:DeleteAlias lambda:GetAlias lambda:ListAliases "
                    "lambda:ListVersionsByFunction lambda:PublishVersion lambda:UpdateAlias",
                    On::kFunctions},
    ResourceActions{"AWS::Serverless::Function",
                    "codedeploy:CreateApplication codedeploy:CreateDeployment codedeploy:CreateDeploymentGroup "
                    "codedeploy:DeleteApplication codedeploy:DeleteDeploymentGroup codedeploy:GetApplication "
                    "codedeploy:GetApplicationRevision codedeploy:GetDeployment codedeploy:GetDeploymentGroup "
                    "codedeploy:RegisterApplicationRevision codedeploy:StopDeployment codedeploy:UpdateApplication "
                    "codedeploy:UpdateDeploymentGroup"},
    ResourceActions{"AWS::Serverless::Function", "ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs"},
    ResourceActions{"AWS::Serverless::Function", "s3:GetObject", On::kObjects},
    ResourceActions{"AWS::ServiceDiscovery::PrivateDnsNamespace",
                    "ec2:DescribeVpcs route53:AssociateVPCWithHostedZone route53:CreateHostedZone "
                    "route53:DeleteHostedZone route53:GetHostedZone route53:ListHostedZonesByName "
                    "servicediscovery:CreatePrivateDnsNamespace servicediscovery:ListTagsForResource "
                    "servicediscovery:TagResource servicediscovery:UntagResource"},
    ResourceActions{"AWS::ServiceDiscovery::PrivateDnsNamespace",
                    "servicediscovery:DeleteNamespace servicediscovery:Get*", On::kNames},
    ResourceActions{"AWS::ServiceDiscovery::Service",
                    "servicediscovery:CreateService servicediscovery:DeleteService servicediscovery:Get* "
                    "servicediscovery:UpdateService",
                    On::kNames},
};

}  // namespace

std::span<const ResourceActions> resource_actions() {
  return kResources;
}

}  // namespace wsdeep::preflight

"""What is done beside `sam`. `operate.py put-secret NAME` stores what comes on standard input, as an operator does;
`operate.py logs PREFIX` prints what the functions wrote. `operate.py cors API_ID TEMPLATE ORIGIN` gives an API the
template's CORS rules once more: the emulator's CloudFormation keeps them in a form that its gateway does not read."""

import json
import sys

import boto3


def put_secret(name):
    boto3.client("secretsmanager").put_secret_value(SecretId=name, SecretString=sys.stdin.read())


def logs(prefix):
    client = boto3.client("logs")
    for group in client.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
            for event in page["events"]:
                print(event["message"].rstrip())


def cors(api_id, template, origin):
    with open(template, encoding="utf-8") as file:
        rules = json.load(file)["Resources"]["Api"]["Properties"]["CorsConfiguration"]
    boto3.client("apigatewayv2").update_api(ApiId=api_id, CorsConfiguration=rules | {"AllowOrigins": [origin]})


if __name__ == "__main__":
    {"put-secret": put_secret, "logs": logs, "cors": cors}[sys.argv[1]](*sys.argv[2:])

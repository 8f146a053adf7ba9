"""Reads the template from standard input; writes what the emulator can run, in JSON, and says on standard error what
it left out. `derive.py ZIPS API_ID`: where each function's zip is, as ZIPS/NAME.zip, and the id of the public API.

Left out is what the emulator (ministack) refuses or judges wrongly; all else it gets as it is.
"""

import json
import sys

from samtranslator.yaml_helper import yaml_parse

# It knows no encryption context: a statement that asks for one allows nothing.
UNKNOWN_CONDITIONS = "kms:EncryptionContext:"


def left_out(what):
    print(f"left out: {what}", file=sys.stderr)


def statements(document):
    for statement in document["Statement"]:
        # Those that are there under a condition only.
        yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def strip_conditions(name, document):
    for statement in statements(document):
        asked = statement.get("Condition", {}).get("StringEquals", {})
        for key in [key for key in asked if key.startswith(UNKNOWN_CONDITIONS)]:
            left_out(f"{name}: the condition {key} of {statement['Sid']}")
            del statement["Condition"]


def derive(template, zips, api_id):
    for name, resource in list(template["Resources"].items()):
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::CloudWatch::Alarm" if "Metrics" in properties:
                # It has no alarms on the sum of several metrics.
                left_out(f"{name}: an alarm on several metrics")
                del template["Resources"][name]
            case "AWS::IAM::Policy":
                strip_conditions(name, properties["PolicyDocument"])
            case "AWS::KMS::Key":
                strip_conditions(name, properties["KeyPolicy"])
            case "AWS::Serverless::Function":
                # What `sam build` does.
                binary = resource["Metadata"]["BuildProperties"]["Binary"]
                properties["CodeUri"] = f"{zips}/{binary}.zip"
                del resource["Metadata"]
            case "AWS::ApiGatewayV2::Api" if name == "Api":
                # Known before it is made, so that the simulators know their redirect URIs.
                properties["Tags"] = {"ms-custom-id": api_id}
    for name, parameter in template["Parameters"].items():
        # Everything on this machine goes by http.
        pattern = parameter.get("AllowedPattern", "")
        if "https://" in pattern:
            left_out(f"{name}: that it must be https")
            parameter["AllowedPattern"] = pattern.replace("https://", "https?://")
    del template["Globals"]["Function"]["CodeUri"]
    return template


if __name__ == "__main__":
    json.dump(derive(yaml_parse(sys.stdin.read()), sys.argv[1], sys.argv[2]), sys.stdout, indent=1)

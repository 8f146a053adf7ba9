// The write of `oauth-start`, with the AWS SDK for JavaScript.

import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { serve } from "./runtime.js";

// One authority instead of all that Node knows, which favours Node.
const ca = readFileSync(process.env.AWS_CA_BUNDLE);
const httpsAgent = new https.Agent({ keepAlive: true, ca });
const client = new DynamoDBClient({ requestHandler: new NodeHttpHandler({ httpsAgent }) });

const fresh = () => randomBytes(32).toString("base64url");
const hash = (text) => createHash("sha256").update(text).digest("base64url");

serve(async (event) => {
  const provider = event.rawPath.split("/")[5];
  const [state, verifier, nonce] = [fresh(), fresh(), fresh()];
  const now = Date.now();
  const endsAt = { N: String(now + 600000) };
  const put = new PutItemCommand({
    TableName: "transients",
    Item: {
      id: { S: `a#${hash(state)}` },
      schema: { N: "1" },
      provider: { S: provider },
      caller_issuer: { S: "http://localhost:4180/dev" },
      caller_subject: { S: "me" },
      owner: { S: "user#http://localhost:4180/dev#me" },
      ends_at: endsAt,
      expires_at: { N: String(Math.trunc(now / 1000) + 600) },
      completion: { S: "callback" },
      code_verifier: { S: verifier },
      nonce_hash: { S: hash(nonce) },
      scopes: { L: [{ S: "repo" }, { S: "admin:repo_hook" }] },
      created_at: { N: String(now) },
    },
    ConditionExpression: "attribute_not_exists(#id) OR #ends_at = :ends_at",
    ExpressionAttributeNames: { "#id": "id", "#ends_at": "ends_at" },
    ExpressionAttributeValues: { ":ends_at": endsAt },
  });
  await client.send(put);
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "id",
    state,
    code_challenge: hash(verifier),
    code_challenge_method: "S256",
  });
  return {
    statusCode: 201,
    headers: { "content-type": "application/json" },
    cookies: [`__Host-codebind=${nonce}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600`],
    body: JSON.stringify({
      authorization_url: `https://github.com/login/oauth/authorize?${query}`,
      expires_at: now + 600000,
    }),
  };
});

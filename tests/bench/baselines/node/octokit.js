// Starting an authorization with Octokit: the state goes into the address, and nothing is stored.

import { OAuthApp, createAWSLambdaAPIGatewayV2Handler } from "@octokit/oauth-app";
import { serve } from "./runtime.js";

const app = new OAuthApp({
  clientType: "oauth-app",
  clientId: "id",
  clientSecret: "secret",
  defaultScopes: ["repo", "admin:repo_hook"],
});
const handler = createAWSLambdaAPIGatewayV2Handler(app);

serve(() =>
  handler({
    version: "2.0",
    rawPath: "/api/github/oauth/login",
    rawQueryString: "",
    headers: { host: "codebind.example.com" },
    requestContext: { http: { method: "GET", path: "/api/github/oauth/login" }, stage: "$default" },
    isBase64Encoded: false,
  }),
);

// Starting an authorization with Grant: state and verifier go into a signed cookie, and nothing is stored.

import grant from "grant";
import { serve } from "./runtime.js";

const handler = grant.aws({
  config: {
    defaults: { origin: "https://codebind.example.com", state: true, pkce: true },
    github: { key: "id", secret: "secret", scope: ["repo", "admin:repo_hook"] },
  },
  session: { secret: "s3cret" },
});

serve(async () => {
  const path = "/connect/github";
  const { redirect } = await handler({
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers: { host: "codebind.example.com" },
    requestContext: { http: { method: "GET", path }, stage: "$default" },
    isBase64Encoded: false,
  });
  return redirect;
});

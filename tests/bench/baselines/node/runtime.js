// Polls the Runtime API. Less than Lambda's own client for Node does, which favours Node.

import http from "node:http";

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const request = http.request({ hostname, port, agent, method, path, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

export async function serve(handler) {
  const invocation = "/2018-06-01/runtime/invocation";
  for (;;) {
    const { headers, body } = await call("GET", `${invocation}/next`);
    const id = headers["lambda-runtime-aws-request-id"];
    try {
      const answer = await handler(JSON.parse(body), {});
      await call("POST", `${invocation}/${id}/response`, JSON.stringify(answer));
    } catch (error) {
      await call("POST", `${invocation}/${id}/error`, JSON.stringify({ errorMessage: String(error.stack) }));
    }
  }
}

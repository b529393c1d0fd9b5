// Verify a webhook with the library of Standard Webhooks; read {secret, headers, body} as JSON from standard input.
const { readFileSync } = require("node:fs");
const { Webhook } = require("standardwebhooks");

const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
try {
  const told = new Webhook(secret).verify(body, headers);
  console.log(JSON.stringify({ type: told.type }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}

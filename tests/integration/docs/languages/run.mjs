import { readFileSync } from "node:fs";
import { dedupeKey, verify } from "./webhook.mjs";

const text = (part) => Buffer.from(part, "base64");
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [timestamp, signature, body, secret, now] = line.split("\t");
  const headers = {};
  if (timestamp !== "-") headers["x-webhook-timestamp"] = text(timestamp).toString("utf8");
  if (signature !== "-") headers["x-webhook-signature"] = text(signature).toString("utf8");
  let said = "accepted";
  try {
    verify(headers, text(body), text(secret).toString("utf8"), Number(now));
  } catch (problem) {
    said = problem.message;
  }
  console.log(`${said}\t${dedupeKey(text(body))}`);
}

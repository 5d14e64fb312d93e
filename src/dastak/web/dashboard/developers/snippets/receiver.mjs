import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const SECRET = process.env.CLIENT_SECRET;
const handled = new Set(); // yours is a table with a unique constraint

// headers: names in lower case. body: a Buffer with the raw bytes.
export function verify(headers, body, secret, now = Date.now()) {
  const timestamp = headers["x-webhook-timestamp"] ?? "";
  const given = Buffer.from(headers["x-webhook-signature"] ?? "", "utf8");
  const expected = Buffer.from(
    createHmac("sha256", secret).update(timestamp).update(body).digest("base64"), "utf8");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error("signature_mismatch");
  if (!/^[0-9]+$/.test(timestamp) || Math.abs(now - Number(timestamp)) > 300_000) throw new Error("stale_timestamp");
  return JSON.parse(body.toString("utf8"));
}

export const dedupeKey = (body) => createHash("sha256").update(body).digest("hex");

createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  try {
    const body = Buffer.concat(pieces);
    const event = verify(request.headers, body, SECRET);
    const key = dedupeKey(body);
    if (!handled.has(key)) console.log(event.event_type, event.data.verification_id ?? "");
    handled.add(key);
    response.writeHead(200).end();
  } catch (problem) {
    response.writeHead(401).end(problem.message);
  }
}).listen(Number(process.env.PORT ?? 3000));

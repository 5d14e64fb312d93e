<?php
function verify(array $headers, string $body, string $secret, ?float $now = null): array {
    $timestamp = $headers['x-webhook-timestamp'] ?? '';
    $expected = base64_encode(hash_hmac('sha256', $timestamp . $body, $secret, true));
    if (!hash_equals($expected, $headers['x-webhook-signature'] ?? '')) {
        throw new RuntimeException('signature_mismatch');
    }
    if (!ctype_digit($timestamp) || abs(($now ?? microtime(true)) - (int) $timestamp / 1000) > 300) {
        throw new RuntimeException('stale_timestamp');
    }
    return json_decode($body, true, 512, JSON_THROW_ON_ERROR);
}

function dedupe_key(string $body): string {
    return hash('sha256', $body);
}

try {
    $headers = array_change_key_case(getallheaders(), CASE_LOWER);
    $body = file_get_contents('php://input');
    $event = verify($headers, $body, getenv('CLIENT_SECRET'));
    // Yours inserts dedupe_key($body) into a table with a unique constraint, and acts in that transaction.
    error_log($event['event_type'] . ' ' . ($event['data']['verification_id'] ?? ''));
    http_response_code(200);
} catch (RuntimeException | JsonException $problem) {
    http_response_code(401);
    echo $problem->getMessage();
}

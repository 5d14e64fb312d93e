<?php
function verify(array $headers, string $body, string $secret, ?float $now = null): array {
    $timestamp = $headers['x-webhook-timestamp'] ?? '';
    $expected = base64_encode(hash_hmac('sha256', $timestamp . $body, $secret, true));
    if (!hash_equals($expected, $headers['x-webhook-signature'] ?? '')) {
        throw new RuntimeException('signature_mismatch');
    }
    if (abs(($now ?? microtime(true)) - ((int) $timestamp) / 1000) > 300) {
        throw new RuntimeException('stale_timestamp');
    }
    return json_decode($body, true, 512, JSON_THROW_ON_ERROR);
}

try {
    $headers = array_change_key_case(getallheaders(), CASE_LOWER);
    $event = verify($headers, file_get_contents('php://input'), getenv('CLIENT_SECRET'));
    error_log($event['event_type'] . ' ' . ($event['data']['verification_id'] ?? ''));
    http_response_code(200);
} catch (RuntimeException | JsonException $problem) {
    http_response_code(401);
    echo $problem->getMessage();
}

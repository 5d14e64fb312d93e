<?php
require 'webhook.php';

while (($line = fgets(STDIN)) !== false) {
    [$timestamp, $signature, $body, $secret, $now] = explode("\t", rtrim($line, "\n"));
    $headers = [];
    if ($timestamp !== '-') {
        $headers['x-webhook-timestamp'] = base64_decode($timestamp);
    }
    if ($signature !== '-') {
        $headers['x-webhook-signature'] = base64_decode($signature);
    }
    try {
        verify($headers, base64_decode($body), base64_decode($secret), (int) $now / 1000);
        $said = 'accepted';
    } catch (RuntimeException $problem) {
        $said = $problem->getMessage();
    }
    echo $said, "\t", dedupe_key(base64_decode($body)), "\n";
}

package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// Verify checks the raw body of a webhook; read it with io.ReadAll before anything parses it.
func Verify(header http.Header, body []byte, secret string, now time.Time) error {
	timestamp := header.Get("X-Webhook-Timestamp")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp))
	mac.Write(body)
	expected := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(expected), []byte(header.Get("X-Webhook-Signature"))) {
		return errors.New("signature_mismatch")
	}
	millis, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return errors.New("bad_timestamp")
	}
	if age := now.Sub(time.UnixMilli(millis)); age > 5*time.Minute || age < -5*time.Minute {
		return errors.New("stale_timestamp")
	}
	return nil
}

// DedupeKey names the event that the body is.
func DedupeKey(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// handled is yours to replace by a table with a unique constraint.
var handled sync.Map

type event struct {
	Type string `json:"event_type"`
	Data struct {
		VerificationID string `json:"verification_id"`
	} `json:"data"`
}

func receive(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
	if err == nil {
		err = Verify(request.Header, body, os.Getenv("CLIENT_SECRET"), time.Now())
	}
	var got event
	if err == nil {
		err = json.Unmarshal(body, &got)
	}
	if err != nil {
		http.Error(response, err.Error(), http.StatusUnauthorized)
		return
	}
	if _, again := handled.LoadOrStore(DedupeKey(body), true); !again {
		fmt.Println(got.Type, got.Data.VerificationID)
	}
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	http.HandleFunc("/", receive)
	log.Fatal(http.ListenAndServe(":"+port, nil))
}

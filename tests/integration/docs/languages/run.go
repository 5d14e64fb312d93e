package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func text(part string) []byte {
	value, err := base64.StdEncoding.DecodeString(part)
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		parts := strings.Split(lines.Text(), "\t")
		header := http.Header{}
		if parts[0] != "-" {
			header.Set("x-webhook-timestamp", string(text(parts[0])))
		}
		if parts[1] != "-" {
			header.Set("x-webhook-signature", string(text(parts[1])))
		}
		now, err := strconv.ParseInt(parts[4], 10, 64)
		if err != nil {
			panic(err)
		}
		said := "accepted"
		if err := Verify(header, text(parts[2]), string(text(parts[3])), time.UnixMilli(now)); err != nil {
			said = err.Error()
		}
		fmt.Printf("%s\t%s\n", said, DedupeKey(text(parts[2])))
	}
}

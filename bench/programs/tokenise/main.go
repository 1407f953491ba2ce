package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

type kind int

const (
	end kind = iota
	punctuation
	word
	number
	text
)

type token struct {
	kind kind
	text string
}

type lexer struct {
	source string
	at     int
}

func (l *lexer) next() token {
	for l.at < len(l.source) && (l.source[l.at] == ' ' || l.source[l.at] == '\n') {
		l.at++
	}
	if l.at == len(l.source) {
		return token{end, ""}
	}
	begin := l.at
	c := l.source[begin]
	l.at++
	switch {
	case c == '"':
		for l.source[l.at] != '"' {
			if l.source[l.at] == '\\' {
				l.at++
			}
			l.at++
		}
		l.at++
		return token{text, l.source[begin+1 : l.at-1]}
	case c == '-' || '0' <= c && c <= '9':
		for '0' <= l.source[l.at] && l.source[l.at] <= '9' || l.source[l.at] == '.' {
			l.at++
		}
		return token{number, l.source[begin:l.at]}
	case 'a' <= c && c <= 'z':
		for 'a' <= l.source[l.at] && l.source[l.at] <= 'z' {
			l.at++
		}
		return token{word, l.source[begin:l.at]}
	}
	return token{punctuation, l.source[begin:l.at]}
}

// document gives about size bytes of an array of objects.
func document(size int) string {
	var b strings.Builder
	b.WriteString("[\n")
	for i := 0; b.Len() < size; i++ {
		b.WriteString("  {\"id\": ")
		b.WriteString(strconv.Itoa(i))
		b.WriteString(", \"name\": \"user \\\"")
		b.WriteString(strconv.Itoa(i * 7919 % 10007))
		b.WriteString("\\\"\", \"score\": -")
		b.WriteString(strconv.Itoa(i % 100))
		b.WriteString(".25, \"active\": true, \"tags\": [\"alpha\", \"beta\", null]},\n")
	}
	b.WriteString("  {}\n]\n")
	return b.String()
}

func main() {
	size, _ := strconv.Atoi(os.Args[1])
	source := document(size)
	start := time.Now()
	l := lexer{source, 0}
	counts, length := [5]int{}, 0
	for t := l.next(); t.kind != end; t = l.next() {
		counts[t.kind]++
		length += len(t.text)
	}
	took := time.Since(start).Nanoseconds()
	fmt.Printf("%d %d %d/%d/%d/%d/%d\n", len(source), took,
		counts[punctuation], counts[word], counts[number], counts[text], length)
}

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func rss() int {
	data, _ := os.ReadFile("/proc/self/status")
	at := strings.Index(string(data), "VmHWM:")
	fields := strings.Fields(string(data[at:]))
	kb, _ := strconv.Atoi(fields[1])
	return kb
}

func worker(jobs <-chan int, done chan<- int) {
	defer func() {
		if recover() != nil {
			go worker(jobs, done)
		}
	}()
	for job := range jobs {
		done <- job
		panic("crash after each job")
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	jobs, done := make(chan int), make(chan int)
	go worker(jobs, done)
	sum := 0
	for i := range n {
		jobs <- i
		sum += <-done
	}
	fmt.Printf("%d %d %d rss=%d\n", n, time.Since(start).Nanoseconds(), sum, rss())
}

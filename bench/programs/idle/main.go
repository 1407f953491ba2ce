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

func wait(in <-chan int, out chan<- int) {
	out <- <-in
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	in, out := make(chan int), make(chan int, 1024)
	for range n {
		go wait(in, out)
	}
	time.Sleep(200 * time.Millisecond)
	memory := rss()
	go func() {
		for i := range n {
			in <- i
		}
	}()
	sum := 0
	for range n {
		sum += <-out
	}
	fmt.Printf("%d %d %d rss=%d\n", n, time.Since(start).Nanoseconds(), sum, memory)
}

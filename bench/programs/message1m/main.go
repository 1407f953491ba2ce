package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

const size = 1 << 20

// Each message is a new megabyte, and each page of it is written to.
func produce(n int, out chan<- []byte) {
	for i := range n {
		data := make([]byte, size)
		for at := 0; at < size; at += 4096 {
			data[at] = byte(i)
		}
		out <- data
	}
	close(out)
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	ch := make(chan []byte, 4)
	go produce(n, ch)
	sum := 0
	for data := range ch {
		for at := 0; at < size; at += 4096 {
			sum += int(data[at])
		}
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}

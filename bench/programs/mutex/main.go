package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	var mutex sync.Mutex
	value := 0
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range n / 8 {
				mutex.Lock()
				value++
				mutex.Unlock()
			}
		})
	}
	running.Wait()
	fmt.Println(value, time.Since(start).Nanoseconds(), value)
}

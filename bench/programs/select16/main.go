package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func produce(n int, out chan<- int) {
	for i := range n {
		out <- i
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	c := []chan int{}
	for range 16 {
		c = append(c, make(chan int, 128))
	}
	for _, out := range c {
		go produce(n/16, out)
	}
	sum := 0
	for range n / 16 * 16 {
		select {
		case v := <-c[0]:
			sum += v
		case v := <-c[1]:
			sum += 2 * v
		case v := <-c[2]:
			sum += 3 * v
		case v := <-c[3]:
			sum += 4 * v
		case v := <-c[4]:
			sum += 5 * v
		case v := <-c[5]:
			sum += 6 * v
		case v := <-c[6]:
			sum += 7 * v
		case v := <-c[7]:
			sum += 8 * v
		case v := <-c[8]:
			sum += 9 * v
		case v := <-c[9]:
			sum += 10 * v
		case v := <-c[10]:
			sum += 11 * v
		case v := <-c[11]:
			sum += 12 * v
		case v := <-c[12]:
			sum += 13 * v
		case v := <-c[13]:
			sum += 14 * v
		case v := <-c[14]:
			sum += 15 * v
		case v := <-c[15]:
			sum += 16 * v
		}
	}
	fmt.Println(n/16*16, time.Since(start).Nanoseconds(), sum)
}

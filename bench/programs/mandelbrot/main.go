package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// escapes tells after how many steps the point leaves the circle, at most 50.
func escapes(cr, ci float64) int {
	zr, zi := 0.0, 0.0
	for step := range 50 {
		rr, ii := zr*zr, zi*zi
		if rr+ii > 4 {
			return step
		}
		zi = 2*zr*zi + ci
		zr = rr - ii + cr
	}
	return 50
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	sum := 0
	for y := range n {
		for x := range n {
			sum += escapes(2*float64(x)/float64(n)-1.5, 2*float64(y)/float64(n)-1)
		}
	}
	fmt.Println(n*n, time.Since(start).Nanoseconds(), sum)
}

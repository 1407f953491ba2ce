func parse@(s string) (int, error) {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("bad digit #q in #q", r, s)
		}
		n = n*10 + int(r-'0')
	}
	return n, nil
}

func sum@(words []string) (int, error) {
	total := 0
	for _, w := range words {
		n, err := parse@(w)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func useParsing@() int {
	good, err := sum@([]string{"%", "2%"})
	if err != nil {
		good = len(err.Error())
	}
	bad, err := sum@([]string{"%", "x"})
	if err != nil {
		bad = len(err.Error())
	}
	return good*1000 + bad
}

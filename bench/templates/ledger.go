// Account@ is a ledger of one customer.
type Account@ struct {
	Owner   string
	Balance int
	History []Entry@
}

type Entry@ struct {
	Kind   Kind@
	Amount int
}

// Kind@ is what happened.
type Kind@ struct {
	Case        int
	Amount, Fee int
}

const (
	Deposit@ = iota
	Withdraw@
	Close@
)

func (a *Account@) Apply(k Kind@) error {
	switch {
	case len(a.History) > 100:
		return errors.New("history of " + a.Owner + " is full")
	}
	delta := 0
	switch k.Case {
	case Deposit@:
		delta = k.Amount
	case Withdraw@:
		delta = -k.Amount - k.Fee
	case Close@:
		delta = -a.Balance
	}
	if a.Balance+delta < 0 {
		return fmt.Errorf("balance of #s is too low: #d", a.Owner, a.Balance)
	}
	a.Balance += delta
	a.History = append(a.History, Entry@{Kind: k, Amount: delta})
	return nil
}

func (a Account@) Total() int {
	sum := 0
	for i, e := range a.History {
		if i&1 == 0 {
			sum += e.Amount
		} else {
			sum -= e.Amount / 2
		}
	}
	return sum
}

func useLedger@() int {
	a := Account@{Owner: "ann"}
	for i := range 10 {
		if err := a.Apply(Kind@{Case: Deposit@, Amount: i * %}); err != nil {
			fmt.Println(err)
		}
	}
	if err := a.Apply(Kind@{Case: Withdraw@, Amount: 1000000, Fee: %}); err != nil {
		return a.Total() + len(err.Error())
	}
	return a.Balance
}

package main

import "encoding/json"

// The loads as a Go programmer writes them who needs no state machine: a loop over a struct. Each transition is a call that
// the compiler may not inline, for it would fold the loops into their results.

type counter struct {
	N int `json:"n"`
}

//go:noinline
func (c *counter) add() { c.N++ }

//go:noinline
func (c *counter) more() bool { return c.N < counted }

func countByHand() any {
	c := &counter{}
	for next := "Add"; next != "End"; {
		switch next {
		case "Add":
			c.add()
			next = "More"
		case "More":
			next = "End"
			if c.more() {
				next = "Add"
			}
		}
	}
	return c
}

type marked struct {
	ID   string `json:"id"`
	Last int    `json:"last"`
}

//go:noinline
func (m *marked) pass(i int) { m.Last = i }

func passByHand() any {
	m := &marked{ID: "a7"}
	for i := range passes {
		m.pass(i)
	}
	return m
}

type parcel struct {
	Kind    string `json:"kind"`
	Weight  int    `json:"weight"`
	Address struct {
		Country string `json:"country"`
	} `json:"address"`
}

//go:noinline
func (p *parcel) goesOn() bool {
	switch {
	case p.Kind == "slow", p.Weight > 100:
		return false
	default:
		return p.Address.Country == "CH" && p.Weight <= 30
	}
}

func chooseByHand() any {
	p := &parcel{Kind: "express", Weight: 12}
	p.Address.Country = "CH"
	for range forks {
		if !p.goesOn() {
			break
		}
	}
	return p
}

func parallelByHand() any {
	results := make([]marked, branches)
	for b := range results {
		results[b] = marked{ID: "a7"}
		for i := range length {
			results[b].pass(i)
		}
	}
	return results
}

type line struct {
	Sku  string `json:"sku"`
	Qty  int    `json:"qty"`
	Size string `json:"size"`
}

//go:noinline
func (l *line) large() bool { return l.Qty > 50 }

//go:noinline
func (l *line) mark(size string) { l.Size = size }

//go:noinline
func (l *line) fill(sku string, qty int) { l.Sku, l.Qty = sku, qty }

// skus are the items of the map, decoded.
var skus = decodeItems()

func mapByHand() any {
	lines := make([]line, len(skus))
	for i := range lines {
		l := &lines[i]
		l.fill(skus[i].Sku, int(skus[i].Qty))
		if l.large() {
			l.mark("big")
		} else {
			l.mark("small")
		}
	}
	return lines
}

type purchase struct {
	ID       string `json:"id"`
	Sku      string `json:"sku"`
	Qty      int64  `json:"qty"`
	Customer struct {
		Name    string `json:"name"`
		Country string `json:"country"`
	} `json:"customer"`
	Price priced `json:"price"`
}

//go:noinline
func (p *purchase) ask() { p.Price = priceTyped(order{p.Sku, p.Qty}) }

func tasksByHand() any {
	p := &purchase{ID: "a7", Sku: "tea", Qty: 3}
	p.Customer.Name, p.Customer.Country = "Ann", "CH"
	for range tasks {
		p.ask()
	}
	return p
}

func decodeItems() []order {
	var in struct {
		Items []order `json:"items"`
	}
	if err := json.Unmarshal([]byte(items()), &in); err != nil {
		panic(err) // items made it
	}
	return in.Items
}

// Tells when the CronJob controller fires: its own parser (robfig/cron v3), given the schedule as the
// controller gives it, with TZ= in front. One JSON object a line on standard input, one a line back.
package main

import (
	"encoding/json"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

type question struct {
	Schedule string    `json:"schedule"`
	TimeZone string    `json:"timeZone"`
	After    time.Time `json:"after"`
	Count    int       `json:"count"`
}

type answer struct {
	Error string      `json:"error,omitempty"`
	Times []time.Time `json:"times"`
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var q question
		if in.Decode(&q) != nil {
			return
		}
		out.Encode(reply(q))
	}
}

func reply(q question) answer {
	schedule, err := cron.ParseStandard("TZ=" + q.TimeZone + " " + q.Schedule)
	if err != nil {
		return answer{Error: err.Error(), Times: []time.Time{}}
	}
	times := []time.Time{}
	for next := q.After; len(times) < q.Count; {
		if next = schedule.Next(next); next.IsZero() {
			break
		}
		times = append(times, next.UTC())
	}
	return answer{Times: times}
}

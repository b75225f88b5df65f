package iam

// ReadSchedule says when a source is read without anybody asking. Every span is in
// minutes, and 0 means not at all. The zero ReadSchedule is off.
type ReadSchedule struct {
	Every           int      // between the starts of two reads
	Cron            string   // instead of Every: five fields, in the local time of the program
	FullEvery       int      // between two reads of everything; the others read changes where the source can tell them
	PrivilegedEvery int      // between two reads that at least ask for the members of the privileged groups
	Windows         []Window // when a read may start by itself; none: always
	Live            bool     // read as soon as the directory says that something changed
	SetAt           int64    // microseconds; 0 for a source that never had one
}

// Off reports whether nothing is read by itself.
func (s ReadSchedule) Off() bool {
	return s.Every == 0 && s.Cron == "" && s.PrivilegedEvery == 0 && !s.Live
}

// Window is a span of the day, in local time, on some days of the week. If To
// is not after From it ends on the next day.
type Window struct {
	Days []int // 0 is Sunday
	From int   // minutes after midnight
	To   int
}

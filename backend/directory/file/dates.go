package file

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

var (
	isoDate    = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$`)
	dottedDate = regexp.MustCompile(`^(\d{1,2})\.(\d{1,2})\.(\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?)?$`)
	slashDate  = regexp.MustCompile(`^(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?)?$`)
	shortYear  = regexp.MustCompile(`^\d{1,2}[./-]\d{1,2}[./-]\d{2}$`)
)

// day is the day that a cell tells, its first moment in UTC; what is wrong with
// it otherwise. Nothing is guessed: 3/4/2026 is a day only where it was said
// which of the two is the month.
func day(c sheet.Cell, format string) (time.Time, string) {
	if !c.Time.IsZero() {
		return c.Time.Truncate(24 * time.Hour), ""
	}
	if c.Number {
		return time.Time{}, "is a number, not a date; give the column a date format in the workbook"
	}
	s := strings.TrimSpace(c.Text)
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return calendar(m[1], m[2], m[3])
	}
	if m := dottedDate.FindStringSubmatch(s); m != nil {
		return calendar(m[3], m[2], m[1])
	}
	if m := slashDate.FindStringSubmatch(s); m != nil {
		switch format {
		case dayFirst:
			return calendar(m[3], m[2], m[1])
		case monthFirst:
			return calendar(m[3], m[1], m[2])
		}
		return time.Time{}, "does not say whether the day or the month comes first; choose the form of dates"
	}
	if shortYear.MatchString(s) {
		return time.Time{}, "has a year of two digits, which fits two centuries; export years with four"
	}
	return time.Time{}, "is no date; expected is 2026-12-31 or 31.12.2026"
}

func calendar(year, month, dayOfMonth string) (time.Time, string) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(dayOfMonth)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Year() != y || int(t.Month()) != m || t.Day() != d || y < 1900 {
		return time.Time{}, fmt.Sprintf("is no day of the calendar: day %d of month %d in %d", d, m, y)
	}
	return t, ""
}

// endless is the first year that people write for no end at all, as in
// 31.12.9999 and 2999-12-31.
const endless = 2900

// endOf is when a person leaves. No date, or one in a year that nobody will
// see, is never.
func endOf(c sheet.Cell, format string) (iam.Moment, time.Time, string) {
	if c.Text == "" {
		return iam.Never, time.Time{}, ""
	}
	t, wrong := day(c, format)
	if wrong != "" {
		return iam.UnknownMoment, t, wrong
	}
	if t.Year() >= endless {
		return iam.Never, time.Time{}, ""
	}
	return iam.MomentOf(t), t, ""
}

package api

// Session is who uses the console, and what this console is.
type Session struct {
	Actor        string   `json:"actor"`
	Name         string   `json:"name"`
	Channel      string   `json:"channel" enum:"window,browser,cli"`
	Permissions  []string `json:"permissions"`
	Demo         bool     `json:"demo"`
	Organisation string   `json:"organisation"`
	Version      string   `json:"version"`
	FirstStart   bool     `json:"firstStart" doc:"No source has been connected yet."`
}

// StartSession carries the one-time token of a start link.
type StartSession struct {
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"128"`
	}
}

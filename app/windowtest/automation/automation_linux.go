//go:build e2e && linux

// Package automation makes the window of a test build obey WebDriver. Importing
// it is enough; no other build contains it.
//
// WebKitGTK hands a session only a web view that was created for automation,
// and Wails creates an ordinary one. So the function that Wails calls is
// replaced, by its symbol, with one that creates the view as WebDriver wants it
// and remembers it.
package automation

/*
#cgo pkg-config: gtk+-3.0 webkit2gtk-4.1
#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

static GtkWidget *view;

GtkWidget *webkit_web_view_new_with_user_content_manager(WebKitUserContentManager *manager) {
	view = GTK_WIDGET(g_object_new(WEBKIT_TYPE_WEB_VIEW,
		"user-content-manager", manager, "is-controlled-by-automation", TRUE, NULL));
	return view;
}

static WebKitWebView *giveView(WebKitAutomationSession *session, gpointer data) {
	return WEBKIT_WEB_VIEW(view);
}

static void started(WebKitWebContext *context, WebKitAutomationSession *session, gpointer data) {
	WebKitApplicationInfo *info = webkit_application_info_new();
	webkit_application_info_set_name(info, "gatehouse");
	webkit_application_info_set_version(info, 1, 0, 0);
	webkit_automation_session_set_application_info(session, info);
	webkit_application_info_unref(info);
	g_signal_connect(session, "create-web-view", G_CALLBACK(giveView), NULL);
}

static void allow(void) {
	WebKitWebContext *context;
	gtk_init_check(NULL, NULL);
	context = webkit_web_context_get_default();
	webkit_web_context_set_automation_allowed(context, TRUE);
	g_signal_connect(context, "automation-started", G_CALLBACK(started), NULL);
}
*/
import "C"

import "runtime"

// GTK belongs to the thread that first calls it, which is the one of main.
func init() {
	runtime.LockOSThread()
	C.allow()
}

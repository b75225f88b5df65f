package ldap

import "gatehouse/backend/directory"

// changes tells how later reads find what changed.
func (k *checker) changes() {
	r := &reading{source: k.source, ctx: k.ctx, conn: k.conn, srv: k.srv, sight: k.sights, rules: k.rules,
		accountReader: newAccountReader(k.srv.schema, k.cfg.Mapping, k.sights, k.rules, k.now()),
		groupReader:   newGroupReader(k.srv.schema, k.cfg.Mapping, k.sights, k.source.base)}
	from, err := r.mark()
	if err != nil {
		k.fail("rights", "Changes", "looking at how changes are told", err)
		return
	}
	switch {
	case from.How == bySync && k.srv.is389():
		k.say(directory.Passed, "rights", "Changes", "the server tells what changed, as it happens (content synchronisation); when something is gone, the ids of all entries are listed")
	case from.How == bySync:
		k.say(directory.Passed, "rights", "Changes", "the server tells what changed and what is gone, as it happens (content synchronisation)")
	case from.How == byTimes:
		found := k.say(directory.Passed, "rights", "Changes", "found by the time of change; to see what is gone, every read lists the ids of all entries")
		found.Remedy = "Reads are quicker, and live, with content synchronisation (RFC 4533) turned on at the server."
		switch {
		case k.srv.vendor == "OpenLDAP":
			found.Copy = "dn: cn=module{0},cn=config\nchangetype: modify\nadd: olcModuleLoad\nolcModuleLoad: syncprov\n\n" +
				"dn: olcOverlay=syncprov,olcDatabase={1}mdb,cn=config\nchangetype: add\nobjectClass: olcOverlayConfig\nobjectClass: olcSyncProvConfig\n" +
				"olcOverlay: syncprov\nolcSpSessionlog: 100000\n"
		case k.srv.is389():
			found.Copy = "dsconf INSTANCE plugin retro-changelog enable\ndsconf INSTANCE plugin retro-changelog set --attribute nsuniqueid:targetUniqueId\n" +
				"dsconf INSTANCE plugin set --enabled on \"Content Synchronization\"\ndsctl INSTANCE restart\n"
		}
	default:
		k.say(directory.Missing, "rights", "Changes", "not told: neither content synchronisation nor modifyTimestamp can be used, so every read is a full one").
			Copy = k.grant(k.cfg.BaseDN, "entry,modifyTimestamp")
	}
}

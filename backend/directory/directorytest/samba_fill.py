# Fills the database of a stopped domain controller: samba_fill.py CONF JSON
import json, sys
import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

conf, spec = sys.argv[1], json.loads(sys.argv[2])
lp = LoadParm()
lp.load(conf)
db = SamDB(url=lp.private_path("sam.ldb"), session_info=system_session(), lp=lp)
base = db.domain_dn()
password = ('"%s"' % spec["password"]).encode("utf-16-le")
clear = spec["password"].encode("utf-16-le")

def change(dn, flag=ldb.FLAG_MOD_REPLACE, **attributes):
    m = ldb.Message(ldb.Dn(db, dn))
    for name, value in attributes.items():
        name = name.replace("_", "-")
        m[name] = ldb.MessageElement(value, flag, name)
    db.modify(m)

db.transaction_start()
change(base, lockoutThreshold="3", lockoutDuration="-18000000000", lockOutObservationWindow="-18000000000",
       minPwdAge="0", maxPwdAge="-77760000000000", pwdHistoryLength="3")
for unit in ("People", "Groups", "Service", "Shared", "Machines", "Elsewhere"):
    db.add({"dn": "OU=%s,%s" % (unit, base), "objectClass": "organizationalUnit"})
units = max(1, min(50, spec["users"] // 10))
for i in range(units):
    db.add({"dn": "OU=Dept%03d,OU=People,%s" % (i, base), "objectClass": "organizationalUnit"})

def login(i):
    return "u%06d" % i

def user_dn(i):
    given, sur = spec["given"][i % 10], spec["surnames"][i // 10 % 10]
    return "CN=%s %s %d,OU=Dept%03d,OU=People,%s" % (given, sur, i, i % units, base)

for i in range(1, spec["users"] + 1):
    given, sur = spec["given"][i % 10], spec["surnames"][i // 10 % 10]
    user = {
        "dn": user_dn(i), "objectClass": "user", "sAMAccountName": login(i), "userPrincipalName": login(i) + "@ad.test",
        "givenName": given, "sn": sur, "displayName": "%s %s" % (given, sur), "mail": login(i) + "@ad.test", "telephoneNumber": "+47 555 %05d" % i,
        "employeeID": str(10000 + i), "department": "Department %03d" % (i % units), "title": "Engineer", "l": "Bergen",
        "description": "User number %d" % i,
    }
    if i // 10 > 0:
        user["manager"] = user_dn(i // 10)
    if i <= 20:
        user["clearTextPassword"], user["userAccountControl"] = clear, "512"
    elif i % 7 == 0:
        user["userAccountControl"] = "546"  # disabled
    else:
        user["userAccountControl"] = "544"  # no password required
    db.add(user)
    if i % 500 == 0:
        db.transaction_commit()
        db.transaction_start()

def group_dn(i):
    return "CN=g%05d,OU=Groups,%s" % (i, base)

types = ["-2147483646", "-2147483644", "-2147483640", "2", "8"]  # global, domain local and universal security; global and universal distribution
at = 0
for i in range(1, spec["groups"] + 1):
    share = spec["memberships"] // spec["groups"] + (1 if i <= spec["memberships"] % spec["groups"] else 0)
    members = []
    for _ in range(min(share, spec["users"])):
        at = at % spec["users"] + 1
        members.append(user_dn(at))
    db.add({"dn": group_dn(i), "objectClass": "group", "sAMAccountName": "g%05d" % i, "description": "Group number %d" % i,
            "groupType": "-2147483640" if i <= 4 else types[i % 5], "member": members, "managedBy": user_dn(1)})
for i in range(1, min(4, spec["groups"])):
    change(group_dn(i), ldb.FLAG_MOD_ADD, member=group_dn(i + 1))

# One of every sort.
service = "CN=svc-tide,OU=Service," + base
db.add({"dn": service, "objectClass": "user", "sAMAccountName": "svc-tide", "userPrincipalName": "svc-tide@ad.test",
        "servicePrincipalName": ["HTTP/tide.ad.test", "MSSQLSvc/tide.ad.test:1433"], "clearTextPassword": clear, "userAccountControl": "66048"})
db.add({"dn": "CN=gatehouse-read,OU=Service," + base, "objectClass": "user", "sAMAccountName": "gatehouse-read",
        "userPrincipalName": "gatehouse-read@ad.test", "clearTextPassword": clear, "userAccountControl": "66048"})
db.add({"dn": "CN=Frontdesk,OU=Shared," + base, "objectClass": "user", "sAMAccountName": "frontdesk", "userAccountControl": "514"})
db.add({"dn": "CN=WS0001,OU=Machines," + base, "objectClass": "computer", "sAMAccountName": "WS0001$", "userAccountControl": "4096",
        "dNSHostName": "ws0001.ad.test"})
db.add({"dn": "CN=gmsa-web,CN=Managed Service Accounts," + base, "objectClass": "msDS-GroupManagedServiceAccount", "sAMAccountName": "gmsa-web$",
        "userAccountControl": "4096", "msDS-ManagedPasswordInterval": "30", "dNSHostName": "web.ad.test"})
db.add({"dn": "CN=Partner,OU=People," + base, "objectClass": "contact", "mail": "partner@other.example"})
# Adding a SID of another domain makes its foreign security principal.
foreign = "S-1-5-21-1111111111-2222222222-3333333333-1234"
db.add({"dn": "CN=Mixed,OU=Groups," + base, "objectClass": "group", "sAMAccountName": "Mixed", "groupType": "-2147483644",
        "member": ["<SID=%s>" % foreign, "CN=Partner,OU=People," + base, service,
                   "CN=WS0001,OU=Machines," + base, "CN=gmsa-web,CN=Managed Service Accounts," + base]})
change("CN=Domain Admins,CN=Users," + base, ldb.FLAG_MOD_ADD, member=user_dn(2))
for dc in db.search("OU=Domain Controllers," + base, scope=ldb.SCOPE_ONELEVEL, attrs=["dNSHostName"]):
    # Nothing registers it where DNS updates are off; Kerberos asks for it.
    change(str(dc.dn), ldb.FLAG_MOD_ADD, servicePrincipalName="ldap/" + str(dc["dNSHostName"]))
db.transaction_commit()

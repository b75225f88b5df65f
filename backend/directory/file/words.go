package file

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The words that configurations use.
const (
	enabled  = "enabled"
	disabled = "disabled"

	managerKey    = "key"
	managerMail   = "mail"
	managerLogin  = "login"
	managerNumber = "employeeNumber"

	dayFirst   = "dmy"
	monthFirst = "mdy"

	delimiters = ";,\t|"
)

// field is what a column can fill, with the words that commonly stand above it
// in English, German, French and Spanish, folded.
type field struct {
	name  string
	words string
}

// fields are all of them, in the order in which they are proposed.
var fields = []field{
	{"employeeNumber", "employeenumber employeeid employeeno empid empno empnumber staffid staffnumber staffno personnelnumber personnelno personid workerid personalnummer persnr personalnr pnr mitarbeiternummer mitarbeiternr mitarbeiterid matricule numeromatricule nomatricule numeroemploye numerodempleado numerodeempleado numeroempleado numempleado nempleado legajo"},
	{"login", "login username user userid userprincipalname upn samaccountname account accountname logon benutzername benutzer benutzerkennung kennung anmeldename identifiant nomutilisateur compte usuario nombreusuario cuenta"},
	{"givenName", "givenname firstname forename vorname rufname prenom nombre nombredepila"},
	{"surname", "surname lastname familyname sn nachname familienname zuname nom nomdefamille apellido apellidos"},
	{"name", "name fullname displayname employeename personname vollername vollstandigername anzeigename nomcomplet nometprenom nombrecompleto nombreyapellidos"},
	{"mail", "mail email emailaddress workemail businessemail mailaddress emailadresse emailadressegeschaftlich dienstlicheemail courriel adresseemail adressemail mel correo correoelectronico"},
	{"phone", "phone telephone phonenumber workphone businessphone telefon telefonnummer tel dienstlichestelefon numerodetelephone telefono"},
	{"department", "department dept orgunit organizationalunit division costcenter team abteilung bereich organisationseinheit kostenstelle service departement direction unite departamento area seccion"},
	{"title", "title jobtitle position role function jobposition stelle stellenbezeichnung funktion tatigkeit berufsbezeichnung poste fonction intituleduposte emploi puesto cargo"},
	{"location", "location site office city workplace standort ort arbeitsort niederlassung lieu sitegeographique ville etablissement ubicacion centro ciudad sede"},
	{"employeeType", "employeetype workertype contracttype employmenttype category mitarbeitertyp mitarbeiterart vertragsart beschaftigungsart typedecontrat contrat statutcontractuel tipodecontrato tipodeempleado"},
	{"manager", "manager managerid manageremployeeid manageremail supervisor supervisorid reportsto linemanager vorgesetzter vorgesetzte vorgesetzterpersonalnummer fuhrungskraft vorgesetztenr responsable manageurn1 superieur superieurhierarchique n1 jefe supervisora supervisadopor responsabledirecto"},
	{"startDate", "start startdate hiredate joindate joiningdate datehired entrydate employmentstart startofemployment eintritt eintrittsdatum eintrittam beginn vertragsbeginn datedentree datedembauche datedebut embauche fechadealta fechadeinicio fechaingreso fechadeingreso alta"},
	{"endDate", "end enddate terminationdate leavedate leavingdate exitdate lastday lastdayofwork lastworkingday contractend employmentend dateleft austritt austrittsdatum austrittam ende vertragsende letzterarbeitstag datedesortie datedefin datedepart datededepart finducontrat sortie fechadebaja fechafin fechadefin fechasalida fechadesalida baja"},
	{"status", "status state employmentstatus employeestatus active enabled accountstatus aktiv beschaftigungsstatus zustand statut etat actif estado activo situacion"},
	{"groups", "groups group memberof roles entitlements permissions access accessrights profiles gruppen gruppe rollen berechtigungen rechte profile groupes droits profils habilitations grupos permisos perfiles"},
	{"description", "description comment comments note notes remark remarks beschreibung bemerkung bemerkungen kommentar commentaire commentaires remarque observaciones descripcion comentario"},
}

// keyWords stand above a column that is made to be the key, best first.
var keyWords = strings.Fields("externalid immutableid uniqueid uuid guid objectid recordid id kennziffer schlussel identifiantunique")

// stateWords are what words of a status column commonly mean, folded.
var stateWords = map[string]string{
	"active": enabled, "enabled": enabled, "yes": enabled, "y": enabled, "true": enabled, "1": enabled, "employed": enabled, "current": enabled,
	"aktiv": enabled, "ja": enabled, "beschaftigt": enabled, "actif": enabled, "oui": enabled, "enposte": enabled, "activo": enabled, "activa": enabled, "si": enabled,
	"inactive": disabled, "disabled": disabled, "no": disabled, "n": disabled, "false": disabled, "0": disabled, "terminated": disabled, "left": disabled, "leaver": disabled, "former": disabled,
	"inaktiv": disabled, "nein": disabled, "ausgetreten": disabled, "ausgeschieden": disabled, "gesperrt": disabled, "inactif": disabled, "non": disabled, "sorti": disabled, "parti": disabled,
	"inactivo": disabled, "inactiva": disabled, "baja": disabled, "cesado": disabled,
}

// fold makes words equal that people take for the same: without case, marks,
// spaces and signs.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// noNumbers are the words that stand where somebody has no number, folded.
var noNumbers = strings.Fields("na none no null nil unknown tbd tba pending keine keiner unbekannt aucun inconnu ninguno desconocido")

// number is an employee number, empty where a word, a sign or zeros stand for
// none: two people without one are not the same person.
func number(s string) string {
	if folded := fold(s); strings.Trim(folded, "0") == "" || slices.Contains(noNumbers, folded) {
		return ""
	}
	return s
}

// foldText makes references equal that differ in case and form alone.
func foldText(s string) string { return strings.ToLower(norm.NFKC.String(strings.TrimSpace(s))) }

// fieldOf is the field that a column with this header fills, empty if the header
// does not say.
func fieldOf(column string) string {
	folded := fold(column)
	for _, f := range fields {
		if f.has(folded) {
			return f.name
		}
	}
	return ""
}

// has reports whether one of the words is the folded header.
func (f field) has(header string) bool {
	for _, w := range strings.Fields(f.words) {
		if w == header {
			return true
		}
	}
	return false
}

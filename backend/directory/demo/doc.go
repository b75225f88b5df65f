package demo
import (_ "github.com/go-asn1-ber/asn1-ber"; _ "golang.org/x/text/cases"; _ "golang.org/x/text/unicode/norm")

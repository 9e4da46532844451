module github.com/birdvoice/terraform-provider-bird/internal/tools/tofu

go 1.26.0

require (
	github.com/ProtonMail/gopenpgp/v2 v2.7.5
	github.com/birdvoice/terraform-provider-bird v0.0.0
	github.com/opentofu/tofudl v0.0.1
)

require (
	github.com/ProtonMail/go-crypto v1.4.1 // indirect
	github.com/ProtonMail/go-mime v0.0.0-20230322103455-7d82a3887f2f // indirect
	github.com/cloudflare/circl v1.6.3 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	golang.org/x/crypto v0.52.0 // indirect
	golang.org/x/sys v0.45.0 // indirect
	golang.org/x/text v0.37.0 // indirect
)

replace github.com/birdvoice/terraform-provider-bird => ../../..

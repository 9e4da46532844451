// Command terraform-provider-bird is the Terraform provider for Bird's voice
// channels. Terraform starts it; it is not useful on its own.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/birdvoice/terraform-provider-bird/internal/provider"
)

// version is set at link time.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run under a debugger such as delve, and print how Terraform finds this process")
	flag.Parse()

	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	if err := tf6server.Serve(provider.Address, provider.NewServer(version), options...); err != nil {
		log.Fatal(err)
	}
}

// Command floor is a provider that takes no time: it has the schema of the real
// one, and responds to each read with the content of the file BIRD_FLOOR. What
// terraform takes with it, Terraform itself takes.
package main

import (
	"context"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/birdvoice/terraform-provider-bird/internal/provider"
)

type floor struct{ tfprotov6.ProviderServer }

func (floor) ReadDataSource(context.Context, *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	content, err := os.ReadFile(os.Getenv("BIRD_FLOOR"))
	return &tfprotov6.ReadDataSourceResponse{State: &tfprotov6.DynamicValue{MsgPack: content}}, err
}

func main() {
	server := func() tfprotov6.ProviderServer { return floor{provider.NewServer("floor")()} }
	if err := tf6server.Serve(provider.Address, server); err != nil {
		log.Fatal(err)
	}
}

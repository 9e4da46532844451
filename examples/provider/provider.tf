terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

# The credential comes from BIRD_TOKEN or BIRD_ACCESS_KEY.
provider "bird" {}

ephemeral "vault_kv_secret_v2" "bird" {
  mount = "secret"
  name  = "bird"
}

provider "bird" {
  access_key = ephemeral.vault_kv_secret_v2.bird.data.access_key
}

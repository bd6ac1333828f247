package pathway
